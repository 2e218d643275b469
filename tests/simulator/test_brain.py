import json
from typing import Any

import pytest

from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.conversation import Conversation, Plan, SeenTool, SeenToolResult

BASH = SeenTool("Bash", "", {"properties": {"command": {"type": "string"}}, "required": ["command"]})
READ = SeenTool("Read", "", {"properties": {"file_path": {"type": "string"}}, "required": ["file_path"]})
TASK = SeenTool("Task", "", {"properties": {"prompt": {"type": "string"}}, "required": ["prompt"]})
WEATHER = SeenTool("get_weather", "", {"properties": {"city": {"type": "string"}}, "required": ["city"]})
TOOLS = (TASK, BASH, READ, WEATHER)


def think(text: str, system: str = "", **more: Any) -> Plan:
    return plan(Conversation("gpt-5", system, text, 1, **more))


def spoken(answer: Plan) -> str:
    return "".join(answer.text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("run echo please", "Bash"),
        ("list the files here", "Bash"),
        ("read README.md", "Read"),
        ("What is the weather in Paris?", "get_weather"),
        ("use the get_weather tool", "get_weather"),
        ("use the Task tool", "Task"),
    ],
)
def test_best_fitting_tool_is_called(text: str, name: str) -> None:
    assert [call.name for call in think(text, tools=TOOLS).calls] == [name]


@pytest.mark.parametrize("text", ["hello", "explain this task", "who are you?"])
def test_no_tool_is_called_unasked(text: str) -> None:
    assert think(text, tools=TOOLS).calls == ()


def test_system_reminders_are_not_what_the_user_said() -> None:
    text = "<system-reminder>run the tests with bash</system-reminder>hello"

    answer = think(text, tools=TOOLS)

    assert answer.calls == ()
    assert "hello" in spoken(answer)
    assert "reminder" not in spoken(answer)


def test_made_up_command_only_greets() -> None:
    (call,) = think("run something nice", tools=TOOLS).calls

    assert call.arguments == {"command": "echo hello from the simulator"}


def test_quoted_command_is_taken_as_it_is() -> None:
    (call,) = think("please run `git status --short`", tools=TOOLS).calls

    assert call.arguments == {"command": "git status --short"}


@pytest.mark.parametrize("command", ["rm -rf /", "cat a; rm x", "cat a > b", "echo $(rm x)", "git push"])
def test_command_that_may_change_things_is_not_taken(command: str) -> None:
    (call,) = think(f"please run `{command}`", tools=TOOLS).calls

    assert call.arguments == {"command": "echo hello from the simulator"}


@pytest.mark.parametrize("text", ["write me a poem", "edit the text in README.md", "delete everything"])
def test_tool_that_changes_things_is_not_called_unasked(text: str) -> None:
    tools = tuple(SeenTool(name, "", {}) for name in ("Write", "MultiEdit", "delete_file"))

    assert think(text, tools=tools).calls == ()


def test_tool_that_changes_things_is_called_by_its_name() -> None:
    tool = SeenTool("Write", "", {"properties": {"file_path": {"type": "string"}}, "required": ["file_path"]})

    (call,) = think("use the Write tool", tools=(BASH, tool)).calls

    assert call.arguments == {"file_path": "hello-from-the-simulator.txt"}


def test_required_choice_prefers_a_harmless_tool() -> None:
    tools = (SeenTool("delete_file", "", {}), SeenTool("lookup", "", {}))

    (call,) = think("hello", tools=tools, tool_choice="required").calls

    assert call.name == "lookup"


def test_result_is_quoted_without_a_new_call() -> None:
    answer = think("run echo", tools=TOOLS, results=(SeenToolResult("1", "hello"),))

    assert (answer.calls, spoken(answer)) == ((), "The tool answered: hello")


def test_error_result_is_told_as_error() -> None:
    answer = think("run echo", tools=TOOLS, results=(SeenToolResult("1", "no such file", is_error=True),))

    assert spoken(answer) == "The tool reported an error: no such file"


def test_required_choice_calls_even_after_results() -> None:
    answer = think("x", tools=TOOLS, tool_choice="required", results=(SeenToolResult("1", "y"),))

    assert answer.finish == "tool"


def test_forced_tool_is_the_one_called() -> None:
    answer = think("x", tools=TOOLS, tool_choice="required", forced_tool="Read")

    assert [call.name for call in answer.calls] == ["Read"]


def test_directed_call_keeps_its_arguments() -> None:
    (call,) = think('[[sim: call get_weather {"city": [["x"]]}]] go', tools=TOOLS).calls

    assert call.arguments == {"city": [["x"]]}


def test_directed_text_is_said_exactly() -> None:
    assert spoken(think("[[sim: say  a  b ]]")) == "a  b"


def test_directed_words_are_one_piece_each() -> None:
    assert len(think("[[sim: words 12]]").text) == 12


def test_thoughts_come_when_wanted() -> None:
    answer = think("hello", wants_thinking=True)

    assert answer.thinking_tokens > 0
    assert answer.output_tokens > answer.thinking_tokens


def test_redacted_thought_is_marked() -> None:
    assert think("[[sim: redacted]]").redacted_thinking


def test_refusal_calls_nothing() -> None:
    answer = think("[[sim: refuse]] run echo", tools=TOOLS)

    assert (answer.finish, answer.calls) == ("refusal", ())


def test_extras_reach_the_family() -> None:
    assert think("[[sim: extra odd yes]]").extras == {"odd": "yes"}


def test_unfinished_direction_is_plain_text() -> None:
    assert "[[sim: say x" in spoken(think("[[sim: say x"))


def test_limit_counts_thinking() -> None:
    answer = think("hello", wants_thinking=True, max_tokens=5)

    assert (answer.text, answer.finish) == ((), "length")
    assert answer.output_tokens == 5


def test_stop_sequence_cuts_before_itself() -> None:
    answer = think("[[sim: say one STOP two]]", stop=("END", "STOP"))

    assert (spoken(answer), answer.finish, answer.stop_sequence) == ("one ", "stop_sequence", "STOP")


def test_pieces_join_to_the_text() -> None:
    assert spoken(think("[[sim: say  two  blanks and a line\nend ]]")) == "two  blanks and a line\nend"


def test_schema_is_filled() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}

    assert json.loads(spoken(think("x", schema=schema, wants_json=True))) == {"title": "Talk with the demo"}


def test_a_schema_that_the_system_prompt_asks_for_is_filled() -> None:
    schema = '{"type": "object", "properties": {"title": {"type": "string"}}}'
    system = f"Answer with JSON that fits this JSON Schema.\n{schema}"

    assert json.loads(spoken(think("x", system=system))) == {"title": "Talk with the demo"}


def test_json_without_schema_is_an_object() -> None:
    assert isinstance(json.loads(spoken(think("x", wants_json=True))), dict)


def test_files_are_mentioned() -> None:
    assert spoken(think("x", images=2, documents=1)).endswith("I see 2 images and 1 document.")


def test_same_conversation_gives_the_same_plan() -> None:
    assert think("run echo", tools=TOOLS) == think("run echo", tools=TOOLS)
