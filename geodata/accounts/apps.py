"""Users, roles and tenants."""

from geodata.room import Room


class AccountsConfig(Room):
    default = True
    name = "geodata.accounts"
    label = "accounts"
