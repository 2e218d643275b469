"""The tray of Linux desktops, spoken over D-Bus itself: StatusNotifierItem, com.canonical.dbusmenu, Notifications.

It needs no GTK, no X server and no compiled module. Out of its reach: X11 trays that know no StatusNotifierItem.
"""
