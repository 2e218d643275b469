"""Objects that other programs may call over D-Bus, as tables, and the answer to one call. No I/O.

Serves org.freedesktop.DBus.Properties, Introspectable and Peer from the same tables. A call that fits no table gets
the error that the D-Bus specification names for it, so that a foreign program cannot make a handler fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

from jeepney import HeaderFields, Message, new_error, new_method_return

__all__ = ["CallError", "ExportedInterface", "ExportedMethod", "ExportedObject", "Variant", "answer_call"]

Variant = tuple[str, Any]
"""A D-Bus variant: signature and value."""

ERROR = "org.freedesktop.DBus.Error."
PROPERTIES = "org.freedesktop.DBus.Properties"
DOCTYPE = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN" '
    '"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">'
)


class CallError(Exception):
    """Becomes an error reply. `name` is the last part of a standard D-Bus error name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True, slots=True)
class ExportedMethod:
    """`takes` and `returns` list the arguments' signatures, one string each."""

    takes: tuple[str, ...]
    returns: tuple[str, ...]
    run: Callable[..., tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ExportedInterface:
    """`properties` is asked at each read. `signals` serves introspection only."""

    name: str
    methods: Mapping[str, ExportedMethod]
    properties: Callable[[], Mapping[str, Variant]] = dict
    signals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportedObject:
    path: str
    interfaces: tuple[ExportedInterface, ...]

    def interface(self, name: str) -> ExportedInterface:
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise CallError("UnknownInterface", f"{self.path} has no interface {name}")

    def introspect(self) -> str:
        """The object's XML, by the D-Bus specification's "Introspection Data Format"."""
        return f"{DOCTYPE}\n<node>{''.join(describe(interface) for interface in self.interfaces)}</node>"


def describe(interface: ExportedInterface) -> str:
    rows = [f"<interface name={quoteattr(interface.name)}>"]
    for name, method in interface.methods.items():
        taken = "".join(f'<arg direction="in" type="{each}"/>' for each in method.takes)
        given = "".join(f'<arg direction="out" type="{each}"/>' for each in method.returns)
        rows.append(f'<method name="{name}">{taken}{given}</method>')
    for name, (signature, _) in interface.properties().items():
        rows.append(f'<property name="{name}" type="{signature}" access="read"/>')
    for name, parts in interface.signals.items():
        rows.append(f'<signal name="{name}">' + "".join(f'<arg type="{each}"/>' for each in parts) + "</signal>")
    return "".join(rows) + "</interface>"


def answer_call(objects: Mapping[str, ExportedObject], call: Message) -> Message:
    """The reply to one incoming call; `objects` by path."""
    fields = call.header.fields
    try:
        exported = objects.get(fields[HeaderFields.path])
        if exported is None:
            raise CallError("UnknownObject", f"There is no object {fields[HeaderFields.path]}")
        method = find_method(exported, fields.get(HeaderFields.interface), fields[HeaderFields.member])
        taken = fields.get(HeaderFields.signature) or ""
        if taken != "".join(method.takes):
            raise CallError("InvalidArgs", f"Expected the arguments ({''.join(method.takes)}), got ({taken})")
        return new_method_return(call, "".join(method.returns) or None, method.run(*call.body))
    except CallError as error:
        return new_error(call, ERROR + error.name, "s", (str(error),))


def find_method(exported: ExportedObject, interface: str | None, member: str) -> ExportedMethod:
    """A call without an interface gets the first method of that name (D-Bus specification, "Message Format")."""
    standard = standard_interfaces(exported)
    candidates = [each for each in (*exported.interfaces, *standard) if interface in (None, each.name)]
    for each in candidates:
        if member in each.methods:
            return each.methods[member]
    kind = "UnknownMethod" if candidates else "UnknownInterface"
    raise CallError(kind, f"{exported.path} has no method {interface or '*'}.{member}")


def standard_interfaces(exported: ExportedObject) -> tuple[ExportedInterface, ...]:
    def get(interface: str, name: str) -> tuple[Variant]:
        properties = exported.interface(interface).properties()
        if name not in properties:
            raise CallError("UnknownProperty", f"{interface} has no property {name}")
        return (properties[name],)

    def get_all(interface: str) -> tuple[dict[str, Variant]]:
        return (dict(exported.interface(interface).properties()),)

    def refuse_set(_interface: str, name: str, _value: Variant) -> tuple[()]:
        raise CallError("PropertyReadOnly", f"{name} can only be read")

    return (
        ExportedInterface(
            PROPERTIES,
            {
                "Get": ExportedMethod(("s", "s"), ("v",), get),
                "GetAll": ExportedMethod(("s",), ("a{sv}",), get_all),
                "Set": ExportedMethod(("s", "s", "v"), (), refuse_set),
            },
        ),
        ExportedInterface(
            "org.freedesktop.DBus.Introspectable",
            {"Introspect": ExportedMethod((), ("s",), lambda: (exported.introspect(),))},
        ),
        ExportedInterface("org.freedesktop.DBus.Peer", {"Ping": ExportedMethod((), (), tuple)}),
    )
