#!/usr/bin/env python3
"""A real mail server for tests, from PyPI `aiosmtpd`, on a free port of this machine.

    smtp.py [--tls FILE] [--wrapped] [--password PASSWORD]

Prints `ready PORT`, then every mail that it takes as a line of JSON: `from`, `to`, `encrypted`, `data` (Base64). Ends when its standard
input does. With --tls, the PEM file of certificate and key, it wants STARTTLS; with --wrapped besides, TLS from the first byte. With
--password it wants the user `desk` to sign in. It does not know `unknown@…`, has no room for `full@…`, and never answers about `slow@…`.
"""

import argparse
import asyncio
import base64
import json
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown@"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        if address.startswith("full@"):
            return "452 4.2.2 mailbox full"
        if address.startswith("slow@"):
            await asyncio.sleep(600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "data": base64.b64encode(envelope.content).decode(),
        }
        print(json.dumps(mail), flush=True)
        return "250 OK"


def end_with_input():
    sys.stdin.read()
    os._exit(0)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls")
    parser.add_argument("--wrapped", action="store_true")
    parser.add_argument("--password")
    arguments = parser.parse_args()

    options = {}
    context = None
    if arguments.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.tls)
        if not arguments.wrapped:
            options.update(tls_context=context, require_starttls=True)
    if arguments.password:

        def authenticate(server, session, envelope, mechanism, data):
            known = (b"desk", arguments.password.encode())
            # Not `handled`: what is said to a wrong password is the server's affair.
            return AuthResult(success=(data.login, data.password) == known, handled=False)

        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=bool(arguments.tls and not arguments.wrapped))
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), **options), "127.0.0.1", 0, ssl=context if arguments.wrapped else None
    )
    threading.Thread(target=end_with_input, daemon=True).start()
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
