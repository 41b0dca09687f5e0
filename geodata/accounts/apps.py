"""Users, roles and tenants."""

from geodata.room import Room


class AccountsConfig(Room):
    default = True
    name = "geodata.accounts"
    label = "accounts"

    def ready(self) -> None:
        from geodata.accounts.permissions import guard
        from geodata.registry import guards

        guards.add_for_all(guard)
