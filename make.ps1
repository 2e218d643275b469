# What make is elsewhere, for Windows.
param([Parameter(Position = 0)][string]$Target = "help", [int]$Port = 3001)

$Help = @"
./make.ps1 TARGET

  run           start in demo mode on port 3001, no SAP account needed, with a tray icon
  test          run the tests
  check         formatting, lint, types and import contracts
  build         build the program's folder and a zip of it into dist\
  build-tested  build, then let both programs test themselves
  installer     build the installer from dist\ (needs Inno Setup)
  clean         remove what this made

build and installer sign what they make when WINDOWS_CERTIFICATE_FILE names a .pfx and WINDOWS_CERTIFICATE_PASSWORD
holds its password.
"@

$ErrorActionPreference = "Stop"
Set-Location $PSScriptRoot
$Python = if ($env:PYTHON) { $env:PYTHON } else { "python" }

function Invoke-Checked {
    $command = $args[0]
    $rest = @($args | Select-Object -Skip 1)
    & $command @rest
    if ($LASTEXITCODE) { throw "$command failed with $LASTEXITCODE." }
}

function New-Environment($Folder, $Lock, [bool]$WithProgram) {
    $done = Join-Path $Folder ".done"
    if ((Test-Path $done) -and (Get-Item $done).LastWriteTime -gt (Get-Item $Lock).LastWriteTime) { return }
    Write-Host "Installing into $Folder, once ..."
    Invoke-Checked $Python -m venv $Folder
    Invoke-Checked "$Folder\Scripts\python" -m pip install --quiet --require-hashes -r $Lock
    if ($WithProgram) {
        Invoke-Checked "$Folder\Scripts\python" -m pip install --quiet --no-deps --no-build-isolation --editable .
    }
    New-Item -ItemType File -Force $done | Out-Null
}

function Get-Version { Invoke-Checked $Python -m release.version show }

function Add-Signature([string[]]$Files) {
    if (-not $env:WINDOWS_CERTIFICATE_FILE) { return }
    $tool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" |
        Sort-Object { [version]$_.Directory.Parent.Name } | Select-Object -Last 1
    if (-not $tool) { throw "signtool is missing. Install the Windows SDK, and try again." }
    foreach ($file in $Files) {
        Invoke-Checked $tool.FullName sign /fd SHA256 /td SHA256 /tr http://timestamp.digicert.com `
            /f $env:WINDOWS_CERTIFICATE_FILE /p $env:WINDOWS_CERTIFICATE_PASSWORD $file
    }
}

function Find-InnoSetup {
    $onPath = Get-Command ISCC.exe -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($onPath) { return $onPath.Source }
    $places = "${env:ProgramFiles(x86)}\Inno Setup *\ISCC.exe", "$env:ProgramFiles\Inno Setup *\ISCC.exe"
    $found = Get-ChildItem $places -ErrorAction SilentlyContinue | Select-Object -Last 1
    if (-not $found) { throw "Inno Setup is missing. Install it, and try again." }
    return $found.FullName
}

switch ($Target) {
    "run" {
        New-Environment ".venv" "requirements\run.txt" $true
        Invoke-Checked ".venv\Scripts\python" -m tray_app --demo --port $Port
    }
    "test" {
        New-Environment ".venv-dev" "requirements\dev.txt" $true
        Invoke-Checked ".venv-dev\Scripts\python" -m pytest
    }
    "check" {
        New-Environment ".venv-dev" "requirements\dev.txt" $true
        Invoke-Checked ".venv-dev\Scripts\ruff" format --check .
        Invoke-Checked ".venv-dev\Scripts\ruff" check .
        Invoke-Checked ".venv-dev\Scripts\mypy"
        Invoke-Checked ".venv-dev\Scripts\lint-imports"
    }
    "build" {
        New-Environment "build\package-venv" "requirements\package.txt" $false
        Invoke-Checked "build\package-venv\Scripts\pyinstaller" --noconfirm --log-level WARN `
            --distpath dist --workpath build\pyinstaller build_specs\windows.spec
        Copy-Item release\windows\commands\*.cmd dist\ai-core-proxy
        Add-Signature "dist\ai-core-proxy\sap-ai-proxy.exe", "dist\ai-core-proxy\sap-ai-proxy-tray.exe"
        Compress-Archive -Force dist\ai-core-proxy "dist\ai-core-proxy-$(Get-Version)-windows-x64.zip"
    }
    "build-tested" {
        & $PSCommandPath build
        Invoke-Checked "dist\ai-core-proxy\sap-ai-proxy.exe" --self-test
        # A program without a terminal is not waited for, and prints nowhere: its exit code tells.
        $tray = Start-Process -FilePath "dist\ai-core-proxy\sap-ai-proxy-tray.exe" `
            -ArgumentList "--self-test" -Wait -PassThru
        if ($tray.ExitCode) { throw "The self test of the tray failed with $($tray.ExitCode)." }
    }
    "installer" {
        $version = Get-Version
        Invoke-Checked (Find-InnoSetup) "/DVersion=$version" release\windows\installer.iss
        Add-Signature "dist\ai-core-proxy-$version-windows-setup.exe"
    }
    "clean" { Remove-Item -Recurse -Force -ErrorAction SilentlyContinue "build", "dist", ".venv", ".venv-dev" }
    "help" { Write-Host $Help }
    default {
        Write-Host $Help
        throw "There is no target $Target."
    }
}
