; The installer for Windows, by Inno Setup: ISCC /DVersion=1.2.3 release\windows\installer.iss
; For one user, without administrator rights. Settings and secrets of the user stay when it is removed.

#ifndef Version
  #error Say which version: /DVersion=1.2.3
#endif

[Setup]
AppId={{6B0E7C0B-6C53-4F55-9C7B-0C6B8F8E4B5A}
AppName=AI Core Proxy
AppVersion={#Version}
AppPublisher=AI Core Proxy contributors
DefaultDirName={localappdata}\Programs\AI Core Proxy
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile=..\..\LICENSE
OutputDir=..\..\dist
OutputBaseFilename=ai-core-proxy-{#Version}-windows-setup
SetupIconFile=..\..\assets\app\ai-core-proxy.ico
UninstallDisplayIcon={app}\sap-ai-proxy-tray.exe
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
; The tray's hidden window does not answer when it is asked to close.
CloseApplications=force
ChangesEnvironment=yes

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"
Name: "de"; MessagesFile: "compiler:Languages\German.isl"

[Tasks]
Name: "path"; Description: "sap-ai-proxy on the command line (PATH)"; Flags: unchecked

[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\ai-core-proxy\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion
Source: "commands\*.cmd"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{userprograms}\AI Core Proxy"; Filename: "{app}\sap-ai-proxy-tray.exe"

[Registry]
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; \
  Tasks: path; Check: IsMissingFromPath

[Run]
Filename: "{app}\sap-ai-proxy-tray.exe"; Description: "Start AI Core Proxy"; Flags: nowait postinstall skipifsilent

[UninstallRun]
Filename: "{sys}\taskkill.exe"; Parameters: "/IM sap-ai-proxy-tray.exe /F"; Flags: runhidden; RunOnceId: "EndTray"
Filename: "{sys}\reg.exe"; \
  Parameters: "delete HKCU\Software\Microsoft\Windows\CurrentVersion\Run /v ""AI Core Proxy"" /f"; \
  Flags: runhidden; RunOnceId: "NoStartAtLogin"

[Code]
const
  EnvironmentKey = 'Environment';

function IsMissingFromPath: Boolean;
var
  Paths: String;
begin
  if not RegQueryStringValue(HKCU, EnvironmentKey, 'Path', Paths) then
    Paths := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Paths) + ';') = 0;
end;

procedure RemoveFromPath;
var
  Paths, Entry: String;
  Place: Integer;
begin
  if not RegQueryStringValue(HKCU, EnvironmentKey, 'Path', Paths) then
    Exit;
  Entry := ';' + ExpandConstant('{app}');
  Paths := ';' + Paths + ';';
  Place := Pos(Uppercase(Entry) + ';', Uppercase(Paths));
  if Place = 0 then
    Exit;
  Delete(Paths, Place, Length(Entry));
  if Length(Paths) > 2 then
    Paths := Copy(Paths, 2, Length(Paths) - 2)
  else
    Paths := '';
  RegWriteExpandStringValue(HKCU, EnvironmentKey, 'Path', Paths);
end;

procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  if CurUninstallStep = usPostUninstall then
    RemoveFromPath;
end;
