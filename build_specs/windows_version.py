"""The version resource of a Windows program: what Explorer shows under Properties, Details.

The form is that of `PyInstaller.utils.win32.versioninfo`; the fields are those of Microsoft's VERSIONINFO resource.
"""

from pathlib import Path

from proxy_core.version import VERSION

TEXT = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1),
  kids=[
    StringFileInfo([StringTable('040904B0', [
      StringStruct('CompanyName', 'AI Core Proxy contributors'),
      StringStruct('FileDescription', 'AI Core Proxy'),
      StringStruct('FileVersion', '{version}'),
      StringStruct('InternalName', '{program}'),
      StringStruct('LegalCopyright', 'MIT License'),
      StringStruct('OriginalFilename', '{program}.exe'),
      StringStruct('ProductName', 'AI Core Proxy'),
      StringStruct('ProductVersion', '{version}')])]),
    VarFileInfo([VarStruct('Translation', [0x0409, 1200])])
  ]
)
"""


def build_text(program: str, version: str = VERSION) -> str:
    """`version` is three numbers; Windows wants four."""
    numbers = (*(int(part) for part in version.split(".")), 0)
    return TEXT.format(numbers=numbers, version=version, program=program)


def write(folder: str, program: str) -> str:
    """Into the build's work folder; gives the path, as PyInstaller wants it."""
    path = Path(folder) / f"{program}-version.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(build_text(program), encoding="utf-8")
    return str(path)
