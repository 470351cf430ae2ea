"""TCP proxies between a process and its backends, which can be told to let nothing through."""
import asyncio, threading

CHUNK = 65_536


class Link:
    """The way from one process to one backend: a proxy for each address of the backend, cut and healed together.

    A link that is cut carries nothing either way and closes nothing: to both sides the other is silent, as behind a
    network that drops packets. What is sent on connections, or that one side closes them, waits until the link is healed.
    A connection that somebody makes meanwhile is silent too, and then closed: nothing of it has ever arrived.
    """

    def __init__(self):
        self.is_open, self.ports, self.servers = asyncio.Event(), [], []
        self.is_open.set()
        # How often something had to wait: the proof that a cut has cut something.
        self.held = 0

    async def listen(self, addresses):
        """Opens a port of the loopback address for each address."""
        for host, port in addresses:
            serve = lambda reader, writer, host=host, port=port: self.serve(host, port, reader, writer)
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            self.servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])

    async def serve(self, host, port, reader, writer):
        """Carries one connection until either side has ended it, or the proxies are stopped."""
        far_writer = None
        try:
            if await self.pass_gate():
                far_reader, far_writer = await asyncio.open_connection(host, port)
                await self.carry_both(self.carry(reader, far_writer), self.carry(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            # Nobody listens there, or the proxies are stopped.
            pass
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.close()

    async def carry_both(self, *ways):
        """Carries both ways until one of them has come to its end."""
        ways = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()

    async def carry(self, reader, writer):
        """Carries what comes from one side to the other, until one of them ends the connection."""
        while True:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            await self.pass_gate()
            if not data:
                return
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                return

    async def pass_gate(self):
        """Returns at once, or when the link is healed; whether it was at once."""
        was_open = self.is_open.is_set()
        if not was_open:
            self.held += 1
            await self.is_open.wait()
        return was_open


class Proxies:
    """All links, and the thread that they run on."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def do(self, coroutine):
        """Does something on the links' thread and returns its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def link(self, addresses):
        """A link to the backend with these addresses, each a host and a port."""
        async def open_link():
            link = Link()
            await link.listen(addresses)
            return link

        return self.do(open_link())

    def cut(self, link):
        """Lets nothing through any more."""
        async def close_gate():
            link.is_open.clear()

        self.do(close_gate())

    def heal(self, link):
        """Lets everything through again, also what has waited."""
        async def open_gate():
            link.is_open.set()

        self.do(open_gate())

    def stop(self):
        """Ends all connections and the thread."""
        async def end_all():
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.do(end_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
