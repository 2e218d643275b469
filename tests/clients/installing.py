"""Installs the pinned clients into a folder, once. Names no registry: npm and pip use the user's own settings.

Install scripts of npm packages do not run.
"""

import subprocess
import sys
from pathlib import Path

__all__ = ["NPM", "VENVS", "install"]

NPM = (
    "@anthropic-ai/claude-code@2.1.330",
    "@openai/codex@0.169.0",
    "opencode-ai@1.18.33",
    "cline@3.0.65",
    "@continuedev/cli@1.5.47",
    "@qwen-code/qwen-code@0.24.4",
    "@google/gemini-cli@0.61.0",
    "@musistudio/claude-code-router@2.0.0",
    "openai@7.57.0",
    "@anthropic-ai/sdk@1.12.0",
    "@google/genai@3.1.0",
    "ai@7.0.173",
    "@ai-sdk/openai@4.0.118",
    "@ai-sdk/anthropic@4.0.105",
    "@ai-sdk/openai-compatible@3.0.92",
)
FRAMEWORKS = (
    "openai==3.54.0",
    "anthropic==2.12.0",
    "google-genai==3.6.1",
    "langchain-openai==1.7.3",
    "langchain-anthropic==1.7.7",
    "pydantic-ai-slim[openai,anthropic]==2.68.0",
    "openai-agents==0.24.0",
)
VENVS = {"frameworks": FRAMEWORKS, "aider": ("aider-chat==0.86.2",), "llm": ("llm==0.36",)}


def install(folder: Path) -> None:
    """Raises CalledProcessError when npm or pip fails; what they say is on the terminal."""
    install_once(
        folder / "npm", NPM, [["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]]
    )
    for name, packages in VENVS.items():
        python = str(folder / name / "bin" / "python")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install_once(folder / name, packages, [[sys.executable, "-m", "venv", str(folder / name)], pip])


def install_once(folder: Path, packages: tuple[str, ...], commands: list[list[str]]) -> None:
    """Runs the commands, the last with the packages, unless these very packages are there already."""
    done = folder / ".packages"
    if done.exists() and done.read_text() == "\n".join(packages):
        return
    print(f"Installing into {folder} ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    for command in [*commands[:-1], [*commands[-1], *packages]]:
        subprocess.run(command, cwd=folder, check=True)
    done.write_text("\n".join(packages))
