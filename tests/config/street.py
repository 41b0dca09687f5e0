"""The street of the review tests in the database of the environment, with applicants who have signed in.

Called as ``python -m tests.config.street NUMBER``; prints the keys of their sessions as JSON.
"""

from __future__ import annotations

import json
import sys


def main(number: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from geodata.accounts.models import Role
    from tests.geodata.accounts.people import person
    from tests.permits.review.town import OWN, build

    build(check=False)
    keys = []
    for n in range(number):
        client = Client()
        client.force_login(person(Role.APPLICANT, OWN, name=f"applicant{n}"))
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    print(json.dumps(keys))


if __name__ == "__main__":
    main(int(sys.argv[1]))
