"""A mail server for tests: takes mails, prints each as a line of JSON, and refuses as told.

Usage: smtp.py [REPLY...]: each REPLY ("451 later", "550 no such mailbox") is the answer to one RCPT, in
their order; after them everything is taken. The first line that it prints is its port.
"""
import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


class Handler:
    def __init__(self, replies):
        self.replies = list(replies)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.replies:
            reply = self.replies.pop(0)
            print(json.dumps({"refused": address, "reply": reply}), flush=True)
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "kind": message.get_content_type(),
            "text": parts.get("text/plain"),
            "html": parts.get("text/html"),
            "attachments": [
                {"kind": part["content-type"], "name": part.get_filename(), "content": part.get_content()}
                for part in message.iter_attachments()
            ],
        }), flush=True)
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    handler = Handler(sys.argv[1:])
    server = await loop.create_server(lambda: SMTP(handler, hostname="localhost"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
