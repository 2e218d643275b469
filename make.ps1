<#
What make is elsewhere, for Windows: ./make.ps1 TARGET

  run        start in demo mode on port 3001, no SAP account needed, with a tray icon
  test       run the tests
  check      formatting, lint, types and import contracts
  build      build the program's folder and a zip of it into dist\
  installer  build the installer from dist\ (needs Inno Setup)
  clean      remove what this made
#>
param([Parameter(Position = 0)][string]$Target = "help", [int]$Port = 3001)

$ErrorActionPreference = "Stop"
Set-Location $PSScriptRoot
$Python = if ($env:PYTHON) { $env:PYTHON } else { "python" }

function Invoke-Checked {
    $command, $rest = $args
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
        Compress-Archive -Force dist\ai-core-proxy "dist\ai-core-proxy-$(Get-Version)-windows-x64.zip"
    }
    "installer" {
        $compiler = Join-Path ${env:ProgramFiles(x86)} "Inno Setup 6\ISCC.exe"
        if (-not (Test-Path $compiler)) { throw "Inno Setup 6 is missing. Install it, and try again." }
        Invoke-Checked $compiler "/DVersion=$(Get-Version)" release\windows\installer.iss
    }
    "clean" { Remove-Item -Recurse -Force -ErrorAction SilentlyContinue build, dist, .venv, .venv-dev }
    default { Get-Help $PSCommandPath }
}
