"""Every text that the tray application shows, in English and German. No logic but the choice of one of them.

A name in braces is filled in by `str.format`; both languages have the same ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy_core.client_settings import Client, ClientWords
from tray_app.snapshot import ProblemKind, State

__all__ = ["ENGLISH", "GERMAN", "Texts", "choose_texts"]


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language. `one_model`, `some_models` and their like are for 1 and for any other number."""

    language: str
    program: str
    # --- status line and tooltip
    states: Mapping[State, str]
    problems: Mapping[ProblemKind, str]
    """The status line while the problem lasts."""
    advice: Mapping[ProblemKind, str]
    """What to do; for a notification."""
    page_advice: Mapping[ProblemKind, str]
    """What to do, for the settings page; only where neither the problem's own words nor the page say it."""
    running_on: str
    failing_accounts: str
    one_failing_account: str
    limited_models: str
    one_limited_model: str
    port_holder: str
    free_port: str
    no_model: str
    one_model: str
    some_models: str
    new_models: str
    gone_models: str
    demo: str
    # --- menu
    start: str
    stop: str
    start_on_port: str
    copy_url: str
    copy_key: str
    copy_settings: str
    clients: Mapping[Client, str]
    refresh: str
    refreshing: str
    refreshed: str
    models: str
    more_models: str
    open_settings: str
    open_logs: str
    start_at_login: str
    about: str
    quit: str
    # --- notifications
    url_copied: str
    key_copied: str
    model_copied: str
    client_copied: str
    client_places: Mapping[Client, str]
    """Where the copied settings belong."""
    refresh_failed: str
    back_again: str
    update_there: str
    account_failed: str
    about_body: str
    at_login_on: str
    at_login_off: str
    action_failed: str
    # --- troubles of the desktop
    no_clipboard: str
    no_key: str
    cannot_open: str
    page_failed: str
    no_tray_host: str
    no_session_bus: str
    tray_broken: str
    already_running: str
    first_is_silent: str
    folder_unusable: str
    crashed: str
    open_this_link: str
    login_temporary: str
    login_failed: str
    not_running: str
    imported: str
    one_account: str
    some_accounts: str
    imported_nothing: str
    one_api_key: str
    some_api_keys: str
    secured: str
    """What was moved into the store, `{what}`."""
    not_secured: str
    takes_long: str
    encrypted_file_closed: str
    stores: Mapping[str, str]
    """What people call the places for secrets, by the stores' labels; others keep their own."""
    fixed_file: str
    # --- client settings
    client_words: ClientWords


_ENGLISH_WORDS = ClientWords(
    codex_file="Put this into ~/.codex/config.toml. The key comes from the environment, see the end.",
    codex_key="Before you start codex:",
    opencode_proxy="Where this computer uses a company's proxy, before you start opencode:",
    cline_editor='In VS Code: Cline > Settings > API Provider "OpenAI Compatible"',
    provider_type="Provider type",
    api_host="API host",
    api_key="API key",
    model="Model",
    cherry_proxy="Where a proxy is set in Cherry Studio (Settings > General), let it bypass this computer:",
    cursor_truth=(
        "Cursor sends every request from its own servers, and those cannot reach this computer: "
        "127.0.0.1 in Cursor's settings does not work."
    ),
    cursor_tunnel=(
        "It needs a public HTTPS address that leads here, such as a tunnel. Whoever knows that address and the key "
        "can use your models, so ask your company first. Then, in Cursor Settings > Models:"
    ),
    cursor_names="Choose a name without 'claude': Cursor sends requests in another form for those.",
    no_model="MODEL-NAME",
)

_GERMAN_WORDS = ClientWords(
    codex_file="Gehört in ~/.codex/config.toml. Der Schlüssel kommt aus der Umgebung, siehe unten.",
    codex_key="Vor dem Start von codex:",
    opencode_proxy="Wenn dieser Rechner einen Firmen-Proxy benutzt, vor dem Start von opencode:",
    cline_editor='In VS Code: Cline > Settings > API Provider "OpenAI Compatible"',
    provider_type="Anbietertyp",
    api_host="API-Host",
    api_key="API-Key",
    model="Modell",
    cherry_proxy=(
        "Ist in Cherry Studio ein Proxy gesetzt (Einstellungen > Allgemein), muss er diesen Rechner auslassen:"
    ),
    cursor_truth=(
        "Cursor schickt jede Anfrage von eigenen Servern aus, und die erreichen diesen Rechner nicht: "
        "127.0.0.1 in den Einstellungen von Cursor geht nicht."
    ),
    cursor_tunnel=(
        "Nötig ist eine öffentliche HTTPS-Adresse, die hierher führt, etwa ein Tunnel. Wer diese Adresse und den "
        "Schlüssel kennt, kann Ihre Modelle benutzen: Fragen Sie vorher in Ihrer Firma. Dann in Cursor unter "
        "Settings > Models:"
    ),
    cursor_names="Einen Namen ohne 'claude' wählen: Für die anderen schickt Cursor eine andere Form.",
    no_model="MODELLNAME",
)

_PLACES_ENGLISH = {
    Client.CLAUDE_CODE: "Paste them into ~/.claude/settings.json.",
    Client.CODEX: "Paste them into ~/.codex/config.toml.",
    Client.OPENCODE: "Paste them into ~/.config/opencode/opencode.json.",
    Client.CLINE: "Run the line in a terminal, or enter the values in VS Code.",
    Client.CHERRY_STUDIO: "Add a provider in Settings > Model Provider.",
    Client.CURSOR: "Read them first: Cursor needs a tunnel.",
    Client.ENVIRONMENT: "Paste them into a terminal.",
}

_PLACES_GERMAN = {
    Client.CLAUDE_CODE: "In ~/.claude/settings.json einfügen.",
    Client.CODEX: "In ~/.codex/config.toml einfügen.",
    Client.OPENCODE: "In ~/.config/opencode/opencode.json einfügen.",
    Client.CLINE: "Die Zeile in einem Terminal ausführen oder die Werte in VS Code eintragen.",
    Client.CHERRY_STUDIO: "Unter Einstellungen > Modell-Anbieter hinzufügen.",
    Client.CURSOR: "Erst lesen: Cursor braucht einen Tunnel.",
    Client.ENVIRONMENT: "In ein Terminal einfügen.",
}

_NAMES = {
    Client.CLAUDE_CODE: "Claude Code",
    Client.CODEX: "Codex",
    Client.OPENCODE: "OpenCode",
    Client.CLINE: "Cline",
    Client.CHERRY_STUDIO: "Cherry Studio",
    Client.CURSOR: "Cursor",
}

ENGLISH = Texts(
    language="en",
    program="AI Core Proxy",
    states={
        State.STOPPED: "Stopped",
        State.STARTING: "Starting…",
        State.RUNNING: "Running",
        State.STOPPING: "Stopping…",
        State.FAILED: "Failed",
    },
    problems={
        ProblemKind.NO_ACCOUNT: "No SAP AI Core account yet",
        ProblemKind.PORT_IN_USE: "Port {port} is used by {holder}",
        ProblemKind.CONFIGURATION: "The settings do not work",
        ProblemKind.NO_KEYRING: "No keyring to keep secrets in",
        ProblemKind.SECRETS_LOCKED: "The secrets are locked",
        ProblemKind.SERVER_DIED: "The server stopped by itself",
        ProblemKind.BUG: "Stopped by an error of its own",
    },
    advice={
        ProblemKind.NO_ACCOUNT: "Paste a service key on the settings page.",
        ProblemKind.PORT_IN_USE: "Stop that program, or start on another port from the menu.",
        ProblemKind.CONFIGURATION: "Correct it on the settings page.",
        ProblemKind.NO_KEYRING: "Choose on the settings page where secrets are kept.",
        ProblemKind.SECRETS_LOCKED: "The settings page says how to open them.",
        ProblemKind.SERVER_DIED: "Start it again from the menu. The log tells more.",
        ProblemKind.BUG: "Start it again from the menu. The log tells more.",
    },
    page_advice={
        ProblemKind.SERVER_DIED: "Start it again. The log tells more.",
        ProblemKind.BUG: "Start it again. The log tells more.",
    },
    running_on="Running on {address} · {models}",
    failing_accounts="{count} accounts fail",
    one_failing_account="{name} fails",
    limited_models="{count} models at SAP's limit",
    one_limited_model="{name} at SAP's limit",
    port_holder="another program",
    free_port="Port {port} is free.",
    no_model="no models",
    one_model="1 model",
    some_models="{count} models",
    new_models="{count} new",
    gone_models="{count} gone",
    demo="Demo",
    start="Start",
    stop="Stop",
    start_on_port="Start on port {port} instead",
    copy_url="Copy base URL",
    copy_key="Copy API key",
    copy_settings="Copy settings for",
    clients={**_NAMES, Client.ENVIRONMENT: "Environment block"},
    refresh="Refresh deployments",
    refreshing="Refreshing deployments…",
    refreshed="Refresh deployments ({result})",
    models="Models",
    more_models="{count} more on the settings page",
    open_settings="Open settings…",
    open_logs="Open logs",
    start_at_login="Start at login",
    about="About AI Core Proxy {version}",
    quit="Quit",
    url_copied="Base URL copied: {value}",
    key_copied="API key copied",
    model_copied="Model name copied: {value}",
    client_copied="Settings for {client} copied. {place}",
    client_places=_PLACES_ENGLISH,
    refresh_failed="The deployments could not be refreshed",
    back_again="Running again",
    update_there="Version {version} is there: {link}",
    account_failed="{name}: {problem}",
    about_body="Version {version}. Serves SAP AI Core's models to OpenAI and Anthropic clients on this computer.",
    at_login_on="Starts at login from now on",
    at_login_off="Does not start at login any more",
    action_failed="That did not work. The log tells more.",
    no_clipboard=(
        "Nothing was copied: this desktop has no clipboard tool. Install xclip (X11) or wl-clipboard (Wayland); "
        "the settings page shows the text too."
    ),
    no_key="There is no API key yet. Make one on the settings page.",
    cannot_open="{what} cannot be opened from here. Open it by hand.",
    page_failed="The settings page could not be started. The log tells more.",
    no_tray_host=(
        "This desktop shows no tray icons. On GNOME install the extension 'AppIndicator and KStatusNotifierItem "
        "Support'. The settings page does all that the menu does; start the program again to open it."
    ),
    no_session_bus=(
        "There is no desktop session to show a tray icon in. The settings page does all that the menu does; start "
        "the program again to open it."
    ),
    tray_broken="The tray icon cannot be shown. The settings page does all that the menu does.",
    already_running="It runs already; its settings page was opened.",
    first_is_silent="It runs already, but does not answer. End that program, then start again.",
    folder_unusable=(
        "The folder {folder} cannot be used ({reason}). Make it writable for you, or name another one in "
        "AI_CORE_PROXY_HOME."
    ),
    crashed="The program ended by an error of its own. The log tells more.",
    open_this_link="Open this link within a minute: {url}",
    login_temporary="The program runs from a temporary folder. Move it to its place first.",
    login_failed="The entry for the login could not be written: {reason}.",
    not_running="The proxy is not running. Start it first.",
    imported="Taken over: {what}.",
    one_account="1 account",
    some_accounts="{count} accounts",
    one_api_key="1 API key",
    some_api_keys="{count} API keys",
    secured="Moved into the place for secrets: {what}.",
    not_secured="Some secrets still stand in the configuration.",
    takes_long="It takes longer than a minute and goes on. Look at the status.",
    imported_nothing="nothing; there was nothing new in it",
    encrypted_file_closed=(
        "They are in the encrypted file {file}. Enter its passphrase; if that is lost, delete the file and add "
        "your service keys again."
    ),
    stores={
        "Secret Service": "the keyring of this desktop (Secret Service)",
        "KWallet": "the wallet of this desktop (KWallet)",
        "macOS Keychain": "the macOS Keychain",
        "Windows Credential Manager": "the Windows Credential Manager",
        "memory, until the program ends": "memory, until the program ends",
        "an encrypted file": "an encrypted file",
    },
    fixed_file="The settings come from {file}. Change them there, then stop and start.",
    client_words=_ENGLISH_WORDS,
)

GERMAN = Texts(
    language="de",
    program="AI Core Proxy",
    states={
        State.STOPPED: "Gestoppt",
        State.STARTING: "Startet …",
        State.RUNNING: "Läuft",
        State.STOPPING: "Stoppt …",
        State.FAILED: "Fehlgeschlagen",
    },
    problems={
        ProblemKind.NO_ACCOUNT: "Noch kein Konto von SAP AI Core",
        ProblemKind.PORT_IN_USE: "Port {port} ist belegt von {holder}",
        ProblemKind.CONFIGURATION: "Die Einstellungen gehen so nicht",
        ProblemKind.NO_KEYRING: "Kein Schlüsselbund für Geheimnisse",
        ProblemKind.SECRETS_LOCKED: "Die Geheimnisse sind verschlossen",
        ProblemKind.SERVER_DIED: "Der Server hat von selbst aufgehört",
        ProblemKind.BUG: "Durch einen eigenen Fehler beendet",
    },
    advice={
        ProblemKind.NO_ACCOUNT: "Fügen Sie auf der Einstellungsseite einen Service Key ein.",
        ProblemKind.PORT_IN_USE: "Beenden Sie jenes Programm, oder starten Sie im Menü auf einem anderen Port.",
        ProblemKind.CONFIGURATION: "Berichtigen Sie sie auf der Einstellungsseite.",
        ProblemKind.NO_KEYRING: "Wählen Sie auf der Einstellungsseite, wo Geheimnisse liegen sollen.",
        ProblemKind.SECRETS_LOCKED: "Die Einstellungsseite sagt, wie man sie öffnet.",
        ProblemKind.SERVER_DIED: "Starten Sie ihn im Menü neu. Das Protokoll sagt mehr.",
        ProblemKind.BUG: "Starten Sie im Menü neu. Das Protokoll sagt mehr.",
    },
    page_advice={
        ProblemKind.SERVER_DIED: "Starten Sie ihn neu. Das Protokoll sagt mehr.",
        ProblemKind.BUG: "Starten Sie neu. Das Protokoll sagt mehr.",
    },
    running_on="Läuft auf {address} · {models}",
    failing_accounts="{count} Konten gehen nicht",
    one_failing_account="{name} geht nicht",
    limited_models="{count} Modelle am Limit von SAP",
    one_limited_model="{name} am Limit von SAP",
    port_holder="einem anderen Programm",
    free_port="Port {port} ist frei.",
    no_model="keine Modelle",
    one_model="1 Modell",
    some_models="{count} Modelle",
    new_models="{count} neu",
    gone_models="{count} weg",
    demo="Demo",
    start="Starten",
    stop="Stoppen",
    start_on_port="Stattdessen auf Port {port} starten",
    copy_url="Basis-URL kopieren",
    copy_key="API-Key kopieren",
    copy_settings="Einstellungen kopieren für",
    clients={**_NAMES, Client.ENVIRONMENT: "Umgebungsvariablen"},
    refresh="Deployments neu lesen",
    refreshing="Deployments werden gelesen …",
    refreshed="Deployments neu lesen ({result})",
    models="Modelle",
    more_models="{count} weitere auf der Einstellungsseite",
    open_settings="Einstellungen …",
    open_logs="Protokolle öffnen",
    start_at_login="Bei der Anmeldung starten",
    about="Über AI Core Proxy {version}",
    quit="Beenden",
    url_copied="Basis-URL kopiert: {value}",
    key_copied="API-Key kopiert",
    model_copied="Modellname kopiert: {value}",
    client_copied="Einstellungen für {client} kopiert. {place}",
    client_places=_PLACES_GERMAN,
    refresh_failed="Die Deployments konnten nicht gelesen werden",
    back_again="Läuft wieder",
    update_there="Version {version} ist da: {link}",
    account_failed="{name}: {problem}",
    about_body="Version {version}. Gibt OpenAI- und Anthropic-Programmen hier die Modelle von SAP AI Core.",
    at_login_on="Startet ab jetzt bei der Anmeldung",
    at_login_off="Startet nicht mehr bei der Anmeldung",
    action_failed="Das ging nicht. Das Protokoll sagt mehr.",
    no_clipboard=(
        "Nichts kopiert: Dieser Desktop hat kein Werkzeug für die Zwischenablage. Installieren Sie xclip (X11) "
        "oder wl-clipboard (Wayland); die Einstellungsseite zeigt den Text auch."
    ),
    no_key="Es gibt noch keinen API-Key. Legen Sie auf der Einstellungsseite einen an.",
    cannot_open="{what} lässt sich von hier nicht öffnen. Öffnen Sie es von Hand.",
    page_failed="Die Einstellungsseite konnte nicht starten. Das Protokoll sagt mehr.",
    no_tray_host=(
        "Dieser Desktop zeigt keine Tray-Symbole. Installieren Sie unter GNOME die Erweiterung 'AppIndicator and "
        "KStatusNotifierItem Support'. Die Einstellungsseite kann alles, was das Menü kann; ein erneuter Start "
        "öffnet sie."
    ),
    no_session_bus=(
        "Es gibt keine Desktop-Sitzung für ein Tray-Symbol. Die Einstellungsseite kann alles, was das Menü kann; "
        "ein erneuter Start öffnet sie."
    ),
    tray_broken="Das Tray-Symbol lässt sich nicht zeigen. Die Einstellungsseite kann alles, was das Menü kann.",
    already_running="Es läuft schon; seine Einstellungsseite wurde geöffnet.",
    first_is_silent="Es läuft schon, antwortet aber nicht. Beenden Sie jenes Programm und starten Sie neu.",
    folder_unusable=(
        "Der Ordner {folder} ist nicht benutzbar ({reason}). Machen Sie ihn für sich beschreibbar, oder nennen Sie "
        "einen anderen in AI_CORE_PROXY_HOME."
    ),
    crashed="Das Programm endete durch einen eigenen Fehler. Das Protokoll sagt mehr.",
    open_this_link="Öffnen Sie diesen Link binnen einer Minute: {url}",
    login_temporary="Das Programm läuft aus einem vorübergehenden Ordner. Legen Sie es erst an seinen Platz.",
    login_failed="Der Eintrag für die Anmeldung konnte nicht geschrieben werden: {reason}.",
    not_running="Der Proxy läuft nicht. Starten Sie ihn zuerst.",
    imported="Übernommen: {what}.",
    one_account="1 Konto",
    some_accounts="{count} Konten",
    one_api_key="ein API-Key",
    some_api_keys="{count} API-Keys",
    secured="An den Ort für Geheimnisse gebracht: {what}.",
    not_secured="Einige Geheimnisse stehen noch in der Konfiguration.",
    takes_long="Es dauert länger als eine Minute und läuft weiter. Der Status zeigt es.",
    imported_nothing="nichts; es stand nichts Neues darin",
    encrypted_file_closed=(
        "Sie liegen in der verschlüsselten Datei {file}. Geben Sie ihre Passphrase ein; ist die verloren, löschen "
        "Sie die Datei und fügen Ihre Service Keys neu hinzu."
    ),
    stores={
        "Secret Service": "dem Schlüsselbund dieses Desktops (Secret Service)",
        "KWallet": "der Brieftasche dieses Desktops (KWallet)",
        "macOS Keychain": "dem macOS-Schlüsselbund",
        "Windows Credential Manager": "der Windows-Anmeldeinformationsverwaltung",
        "memory, until the program ends": "dem Arbeitsspeicher, bis das Programm endet",
        "an encrypted file": "einer verschlüsselten Datei",
    },
    fixed_file="Die Einstellungen kommen aus {file}. Ändern Sie sie dort, dann stoppen und starten.",
    client_words=_GERMAN_WORDS,
)


def choose_texts(language: str) -> Texts:
    """The texts for a language such as `de`, `de_DE.UTF-8` or `de-AT`; English for any but German."""
    return GERMAN if language.lower().startswith("de") else ENGLISH
