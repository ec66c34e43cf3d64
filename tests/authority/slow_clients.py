# SPDX-License-Identifier: MIT
"""slow_clients.py -- clients that hold on to an authority's connections

    slow_clients.py PORT COUNT SECONDS

A third of COUNT connects and says nothing, a third sends a ClientHello byte by byte, a third sends a
request byte by byte on a finished TLS connection; a byte each half second. Whoever is closed
connects again. "ready" is printed when all have connected for the first time; at the end, how many
connections were open and how many were made.
"""
import asyncio
import os
import ssl
import sys

PORT, COUNT, SECONDS = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400)
REQUEST = b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 400

tls = ssl.create_default_context()
tls.check_hostname = False
tls.verify_mode = ssl.CERT_NONE
open_now = 0
made = 0
connected = set()


async def drip(writer, text):
    for byte in text:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.5)


async def meet(number, context, text):
    """One connection, until the server closes it."""
    global open_now, made
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, ssl=context)
    open_now += 1
    made += 1
    connected.add(number)
    dripping = asyncio.create_task(drip(writer, text))
    try:
        await reader.read()
    finally:
        open_now -= 1
        dripping.cancel()
        writer.close()


async def client(number):
    context, text = ((None, b""), (None, HELLO), (tls, REQUEST))[number % 3]
    while True:
        try:
            await meet(number, context, text)
        except OSError:
            pass
        await asyncio.sleep(0.1)


async def main():
    tasks = []
    for number in range(COUNT):
        tasks.append(asyncio.create_task(client(number)))
        if number % 50 == 49:
            await asyncio.sleep(0.05)
    while len(connected) < COUNT:
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.sleep(SECONDS)
    print(f"open {open_now} made {made}", flush=True)
    os._exit(0)  # A thousand connections need no farewell.


asyncio.run(main())
