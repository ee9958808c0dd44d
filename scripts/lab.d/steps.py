"""What the lab shows, one function a step: each does it, proves it, and answers one line with the times.

Every time is measured at a router: from just before the signal to the change in the log of BIRD. A
promise that is not kept is a LabError. Each step leaves the lab as it found it, unless it says so.
"""

import contextlib
import os
import signal
import time
from dataclasses import dataclass

import announcer
import client
import doctor
import lab
import netns
import node
import process
import program
import rendered
import router
import site_file
import zmtp
from failure import LabError
from topology import (
    ABROAD,
    CLIENTS,
    GVA,
    INTERNAL,
    INTERNAL_PREFIX,
    NODES,
    OTHERS_ABROAD,
    P2P_PORT,
    PAR,
    PINNING,
    SERVICE,
    SERVICE_PREFIX,
    SITES,
    TRANSLATING,
    Host,
    Site,
)

# What the kernel may take to follow BIRD's table, and a SYN to be on its way already.
SETTLE = 0.1
# How long a step watches for a change that must not come.
QUIET = 3.0
# So many handshakes begun after a change show where it has led a client.
HANDSHAKES = 10
PATIENCE = 30.0
# What a violation of the pinning may take to be told of.
TOLD_WITHIN = 60.0
# What NAT of somebody else's gives a node: no host has it, and no site's physical range.
ELSEWHERE = "85.208.69.99"
# Of so many connections from one client some are with each of two nodes: all with one, once in 30,000 times.
ESTABLISHED = 16


def gone(change: router.Change) -> bool:
    return change.verb == "removed"


def preferred(change: router.Change) -> bool:
    return change.best


def changed(change: router.Change) -> bool:
    return True


@dataclass
class View:
    """What the routers and the clients saw while a step ran."""

    begun: float  # wall clock, seconds
    routes: dict[str, router.Watch]
    clients: dict[str, client.Watch]
    attempts: dict[str, list[client.Attempt]]

    def changes(self) -> list[router.Change]:
        return [c for site in SITES for c in self.routes[site.transit].changes()]

    def own_changes(self, site: Site) -> list[router.Change]:
        """Those of the site's own route at its transit router."""
        return self.routes[site.transit].changes("edge")

    def quiet(self, seconds: float, changes=None) -> None:
        """Waits, and requires that from the step's begin until then no route has moved: none of `changes`, which
        are those at both transit routers unless said otherwise."""
        time.sleep(seconds)
        moved = (changes or self.changes)()
        if moved:
            raise LabError("a route moved at transit: " + moved[0].line)

    def await_handshakes(self, site: Site, since: float) -> None:
        """Until enough handshakes of the site's client that were begun after `since` have ended."""
        watch = self.clients[site.client]
        if not process.until(lambda: watch.ended(since) >= HANDSHAKES, PATIENCE, 0.1):
            raise LabError(f"{site.client}: fewer than {HANDSHAKES} handshakes within {PATIENCE:.0f} s")

    def require_served(self, site: Site, by: str, since: float, hosts=()) -> None:
        """Every handshake of the site's client begun since then was answered by site `by`."""
        late = [a for a in self.attempts[site.client] if a.begun >= since]
        if not late:
            raise LabError(f"{site.client}: no handshake was tried {since - self.begun:.1f} s into the step")
        for attempt in late:
            after = f"{attempt.begun - self.begun:.2f} s into the step"
            if attempt.answer is None:
                raise LabError(f"{site.client}, {after}: {attempt.error}")
            if attempt.answer.site != by or (hosts and attempt.answer.host not in hosts):
                raise LabError(f"{site.client}, {after}, reached {attempt.answer.host}")

    def require_undisturbed(self, site: Site) -> None:
        """Every handshake of the site's client was answered by the site itself, from first to last."""
        self.require_served(site, site.name, self.begun)

    def dark(self, site: Site, since: float) -> float:
        """From `since` to the first handshake begun after it that was answered, when any failed."""
        tried = [a for a in self.attempts[site.client] if a.begun >= since]
        failed = [a for a in tried if a.answer is None]
        answered = [a for a in tried if a.answer and failed and a.begun > failed[-1].begun]
        return answered[0].begun - since if answered else 0.0


@contextlib.contextmanager
def watching():
    view = View(
        time.time(),
        {r: router.Watch(r) for site in SITES for r in (site.edge, site.transit)},
        {name: client.Watch(name) for name in CLIENTS},
        {},
    )
    try:
        yield view
    finally:
        for name, watch in view.clients.items():
            view.attempts[name] = watch.close()


def nearest() -> str:
    """Each client reaches the site near it, through that site's edge router."""
    for site in SITES:
        served = lab.served_by(site)
        if served != site.name:
            raise LabError(f"{site.client} reaches {served} (expected: {site.name})")
        hops = client.traceroute(site.client)
        if len(hops) != 3:
            raise LabError(f"{site.client}: {len(hops)} hops (expected: transit, edge, node): {hops}")
    return "client-gva reaches GVA, client-par reaches PAR, each in 3 hops"


def one_node_dies(victim: Host) -> str:
    """One of two: nothing moves at transit, and its share goes to the other. Leaves it dead."""
    site = _site(victim)
    survivors = [n.name for n in site.nodes if n != victim]
    with watching() as view:
        killed = lab.kill(victim)
        view.quiet(QUIET)
    moved = _edge_moved(view, site, killed)
    view.require_served(site, site.name, moved + SETTLE, survivors)
    view.require_undisturbed(_other(site))
    return f"kill -9 {victim.name}: {_moved(site, moved, killed)}, no change at transit"


def last_node_dies(victim: Host) -> str:
    """The last one: withdrawn, and the site's client reaches the other site. Leaves it dead."""
    site = _site(victim)
    other = _other(site)
    with watching() as view:
        killed = lab.kill(victim)
        edge = _require(view.routes[site.edge].wait("announcer", gone, PATIENCE), site.edge)
        at_edge = max(c.at for c in view.routes[site.edge].changes("announcer"))
        transit = _require(view.routes[site.transit].wait("edge", gone, PATIENCE), site.transit)
        view.quiet(1.5, lambda: view.own_changes(other))
        view.await_handshakes(site, transit.at + SETTLE)
    view.require_served(site, other.name, transit.at + SETTLE)
    view.require_undisturbed(other)
    return (
        f"kill -9 {victim.name}: first withdraw at {site.edge} after {_ms(edge.at - killed)}, last"
        f" {_ms(at_edge - killed)}, at {site.transit} {_ms(transit.at - killed)};"
        f" {site.client} without service for {_ms(view.dark(site, killed))}"
    )


def comes_back(healed: Host) -> str:
    """The first one back: announced after the rise, and the client returns."""
    site = _site(healed)
    with watching() as view:
        begun = time.time()
        lab.heal(healed)
        back = _require(view.routes[site.transit].wait("edge", preferred, PATIENCE), site.transit)
        view.await_handshakes(site, back.at + SETTLE)
    # Not a handshake failed on the way back: announced only when it can serve.
    for attempt in view.attempts[site.client]:
        if attempt.answer is None:
            raise LabError(f"{site.client}, on the way back: {attempt.error}")
    view.require_served(site, site.name, back.at + SETTLE, [healed.name])
    view.require_undisturbed(_other(site))
    return f"{healed.name} started: announced again at {site.transit} after {back.at - begun:.1f} s"


def second_comes_back(healed: Host) -> str:
    """The second one: healthy to every daemon, and nothing moves, not even a next hop."""
    with watching() as view:
        lab.heal(healed)
        _await_state(healed, "UP")
        view.quiet(0.5)
    _require_nothing_lost(view)
    return f"{healed.name} is healthy again, no change at transit, no handshake lost"


def rolling_restart(site: Site) -> str:
    """Each node of a site in turn is drained, killed and started again: nothing moves at transit, no handshake is
    lost that is begun when the edge router has moved, and no established connection of the other node."""
    moving = []
    kept = 0
    with watching() as view, contextlib.ExitStack() as held:
        for each in site.nodes:
            connections = [held.enter_context(client.hold(site.client)) for _ in range(ESTABLISHED)]
            others = [c for c in connections if c.answer.host != each.name]
            if site_file.spreads(site) and not others:
                raise LabError(f"each of {ESTABLISHED} connections is with {each.name} (expected: some are not)")
            begun = time.time()
            lab.drain(each)
            moving.append((begun - SETTLE, time.time() + SETTLE))
            time.sleep(SETTLE)
            lab.kill(each)
            _await_state(each, "DOWN")
            _require_alive(others, f"{each.name} is drained and dead")
            lab.heal(each)
            lab.drain(each, False)
            _await_state(each, "UP")
            _require_alive(others, f"{each.name} is back")
            kept += len(others)
        view.quiet(0.5)
    for attempt in view.attempts[site.client]:
        on_the_move = any(start <= attempt.begun <= end for start, end in moving)
        if attempt.answer is None and not on_the_move:
            raise LabError(f"{site.client}, {attempt.begun - view.begun:.2f} s into the step: {attempt.error}")
    view.require_undisturbed(_other(site))
    took = max(end - start for start, end in moving) - 2 * SETTLE
    return (
        f"{' and '.join(n.name for n in site.nodes)} drained, killed and started, one after the other: each drain"
        f" took at most {_ms(took)}, no change at transit, no handshake lost beside it, {kept} connections with"
        " the other node kept"
    )


def _require_alive(connections: list[client.Held], when: str) -> None:
    for each in connections:
        try:
            each.ping()
        except OSError as e:
            raise LabError(f"{when}: a connection with {each.answer.host} is lost: {e}") from None


def site_stalls(site: Site) -> str:
    """SIGSTOP of every node: de-preferred, so that the client moves on; then withdrawn. Heals it."""
    other = _other(site)
    with watching() as view:
        stopped = [lab.stop(n) for n in site.nodes][-1]
        moved = _require(view.routes[site.transit].wait("edge", changed, PATIENCE), site.transit)
        left = _require(view.routes[site.transit].wait("edge", gone, PATIENCE), site.transit)
        view.await_handshakes(site, left.at + SETTLE)
    # De-preferred already, it is left; from there on no client of it waits for a mute node.
    view.require_served(site, other.name, moved.at + SETTLE)
    view.require_undisturbed(other)
    with watching() as view:
        for n in site.nodes:
            lab.heal(n)
        back = _require(view.routes[site.transit].wait("edge", preferred, PATIENCE), site.transit)
        for n in site.nodes:
            _await_state(n, "UP")
        view.await_handshakes(site, back.at + SETTLE)
    view.require_served(site, site.name, back.at + SETTLE)
    view.require_undisturbed(other)
    return (
        f"SIGSTOP of both nodes of {site.name}: de-preferred after {moved.at - stopped:.1f} s,"
        f" withdrawn after {left.at - stopped:.1f} s; continued: back"
    )


def one_node_stalls(victim: Host) -> str:
    """SIGSTOP of one of two: nothing moves at transit, and its share goes to the other. Heals it."""
    site = _site(victim)
    survivors = [n.name for n in site.nodes if n != victim]
    with watching() as view:
        stopped = lab.stop(victim)
        _await_state(victim, "DOWN")
        view.quiet(QUIET)
    moved = _edge_moved(view, site, stopped)
    view.require_served(site, site.name, moved + SETTLE, survivors)
    view.require_undisturbed(_other(site))
    second_comes_back(victim)
    return (
        f"SIGSTOP of {victim.name}: {_moved(site, moved, stopped)}, no change at transit;"
        f" continued: no change, no handshake lost"
    )


def exabgp_dies(victim: Host) -> str:
    """kill -9 of one of a site's two ExaBGPs: nothing moves at transit, no handshake is lost."""
    site = _site(victim)
    number = 1 + site.announcers.index(victim)
    with watching() as view:
        killed = lab.kill(victim)
        removed = view.routes[site.edge].wait(f"announcer_ann{number}", gone, PATIENCE)
        left = _require(removed, site.edge)
        view.quiet(1.0)
        lab.heal(victim)
        if not process.until(lambda: lab.brings_route(site, number), PATIENCE):
            raise LabError(f"{victim.name} does not announce after its restart")
        view.quiet(0.5)
    _require_nothing_lost(view)
    return (
        f"kill -9 of ExaBGP on {victim.name}: its path left {site.edge} after"
        f" {_ms(left.at - killed)}, no change at transit; restarted"
    )


def daemon_dies(victim: Host) -> str:
    """kill -9 of the daemon below a living ExaBGP: nothing moves anywhere; its launcher restarts it."""
    site = _site(victim)
    with watching() as view:
        old = announcer.daemon_pid(victim)
        if old is None:
            raise LabError(f"{victim.name} has no daemon below its ExaBGP")
        os.kill(old, signal.SIGKILL)
        if not process.until(lambda: announcer.daemon_pid(victim) not in (old, None), PATIENCE):
            raise LabError(f"{victim.name}: the daemon was not started again")
        # Past the adoption of the leftover route, which ends at most adopt-for (10 s) later.
        view.quiet(12.0 if site is PAR else QUIET)
        moved = [c for c in view.routes[site.edge].changes() if c.verb == "removed"]
        if moved:
            raise LabError(f"a path left {site.edge}: " + moved[0].line)
    _require_nothing_lost(view)
    return f"kill -9 of the daemon on {victim.name}: restarted, no change at {site.edge} or transit"


def block_crosses_private_link() -> str:
    """With the Internet side of both sites down, a block mined in GVA reaches every node of PAR."""
    lab.internet(False)
    try:
        if lab.served_by(GVA) is not None:
            raise LabError("the Internet side is not down: client-gva is served")
        begun = time.monotonic()
        block = node.mine(GVA.nodes[0])
        if not process.until(lambda: all(node.best(n) == block for n in PAR.nodes), PATIENCE):
            raise LabError(f"block {block} did not reach PAR over the private link")
        took = time.monotonic() - begun
    finally:
        lab.internet(True)
        lab.await_ready()
    return f"block {block[:16]}... mined in GVA was at every node of PAR after {_ms(took)}"


def private_link_is_cut() -> str:
    """Cutting the private link moves no route and loses no handshake."""
    with watching() as view:
        lab.private_link(False)
        try:
            view.quiet(QUIET)
        finally:
            lab.private_link(True)
    _require_nothing_lost(view)
    return f"private link cut for {QUIET:.0f} s: no change at transit, no handshake lost"


def peers_use_private_addresses() -> str:
    """Nodes know each other by private addresses only, and across the sites."""
    for host in NODES:
        _require_private(host, node.peers(host))
    return "every node peers with the other site, and with no node by a public address"


def connections_are_pinned() -> str:
    """Clients come to the service address, and what a node dials leaves from its site's physical range."""
    shown = []
    for site in SITES:
        serving = router.next_hops(site.edge, SERVICE_PREFIX)
        with contextlib.ExitStack() as held:
            for host in site.nodes:
                seen = _await_connections(site, host, host.address in serving, held)
                inward = " ".join(sorted(seen.inward)) or "none"
                shown.append(f"{host.name} in {inward} out {' '.join(sorted(seen.outward))}")
    return "; ".join(shown)


@dataclass(frozen=True)
class Connections:
    """The addresses that a node's connections with the world have at its own end."""

    inward: frozenset[str]
    outward: frozenset[str]


def _await_connections(
    site: Site, host: Host, serves: bool, held: contextlib.ExitStack
) -> Connections:
    """Until a client has come to the node, if it serves, and it has dialled the foreign one."""
    found: list[Connections] = []

    def there() -> bool:
        held.enter_context(client.connect(site.client))
        found[:] = [_connections(host)]
        return bool(found[0].outward) and bool(found[0].inward) == serves

    if not process.until(there, PATIENCE, 0.1):
        raise LabError(f"{host.name}: {found[-1]} (expected: a client's connection, and one to {ABROAD})")
    # Behind NAT the kernel has the private address, and who is dialled the physical one.
    outward = host.address if TRANSLATING else str(host.physical)
    expected = Connections(frozenset({f"{SERVICE}:{P2P_PORT}"} if serves else ()), frozenset({outward}))
    if found[-1] != expected:
        raise LabError(f"{host.name}: {found[-1]} (expected: {expected})")
    dialled_from = {far.rpartition(":")[0] for _, far in netns.connections(PAR.client)}
    if host.physical not in dialled_from:
        raise LabError(f"{ABROAD} is dialled from {sorted(dialled_from)} (expected: {host.physical} too)")
    return found[-1]


def _connections(host: Host) -> Connections:
    inward, outward = set(), set()
    for near, far in netns.connections(host.name):
        if far.startswith("10."):
            continue  # the other nodes and the announcers
        if near.endswith(f":{P2P_PORT}"):
            inward.add(near)
        elif far.endswith(f":{P2P_PORT}"):
            outward.add(near.rpartition(":")[0])
    return Connections(frozenset(inward), frozenset(outward))


def doctor_finds_nothing() -> str:
    """On no machine of the lab is anything to be mended."""
    examined = 0
    for site in SITES:
        for machine, findings in doctor.examine(site, doctor.machines(site)).items():
            examined += 1
            if findings:
                raise LabError(f"{site.name} {machine}: {'; '.join(f['found'] for f in findings)}")
    return f"nothing to mend on {examined} machines"


def pinning_is_forgotten(victim: Host) -> str:
    """By the nodes' own word all are pinned; one that is no more is named within a minute. bcoin does not tell."""
    if program.kind() != "bitcoind":
        return "bcoin does not tell; the kernel does, above"
    for host in NODES:
        _await_told(host, "PASSED")
    node.stop_foreign()
    # None keeps the address of before; without NAT none would hear that the other end is gone.
    if not process.until(lambda: not _connections(victim).outward, PATIENCE, 0.05):
        raise LabError(f"{victim.name} still has connections: {_connections(victim)}")
    begun = time.monotonic()
    try:
        rendered.forget(victim)
        node.start_foreign()
        told = _await_told(victim, "WRONG_SOURCE")
        took = time.monotonic() - begun
        if f" from {SERVICE}" not in told:
            raise LabError(f"{victim.name}: {told} (expected: from {SERVICE})")
    finally:
        _pin_again(victim)
    passed = _await_told(victim, "PASSED")
    return f"{victim.name} by {PINNING}: {passed}; forgotten, after {took:.1f} s: {told}; told again: as before"


def peers_vote_behind_nat(victim: Host) -> str:
    """Where NAT gives another address than the site's, only the peers can tell, and three of them do."""
    if not TRANSLATING:
        return f"there is no NAT with {PINNING}"
    if program.kind() != "bitcoind":
        return "bcoin does not tell what its peers see"
    site = _site(victim)
    _await_told(victim, "PASSED")
    node.stop_foreign()
    begun = time.monotonic()
    try:
        rendered.translate_to(victim, ELSEWHERE)
        # Nobody else has it, so that what is answered to it comes back.
        netns.route(site.edge, f"{ELSEWHERE} via {victim.address}")
        node.start_foreign()
        told = _await_told(victim, "WRONG_SOURCE")
        took = time.monotonic() - begun
        expected = f"0 of {1 + len(OTHERS_ABROAD)} networks see it in {site.physical}, others at {ELSEWHERE}"
        if told != expected:
            raise LabError(f"{victim.name}: {told} (expected: {expected})")
    finally:
        _pin_again(victim)
        netns.remove_route(site.edge, ELSEWHERE)
    _await_told(victim, "PASSED")
    return f"{victim.name} by {PINNING}: after {took:.1f} s: {told}; told again: as before"


def _pin_again(victim: Host) -> None:
    """With the foreign nodes afresh, and nothing left of what the node dialled before: once there is NAT, that
    would connect, from the address of before."""
    node.stop_foreign()
    try:
        rendered.tell_again(victim)
        dials = _dials(victim)
        if not process.until(lambda: not dials & _dials(victim), PATIENCE, 0.1):
            raise LabError(f"{victim.name} still dials {sorted(dials & _dials(victim))}")
    finally:
        node.start_foreign()


def _dials(host: Host) -> set[tuple[str, str]]:
    return {
        (near, far)
        for near, far in netns.connections(host.name, "syn-sent")
        if far.endswith(f":{P2P_PORT}") and not far.startswith("10.")
    }


def _await_told(host: Host, reason: str) -> str:
    """What the daemons of its site have from the node of its connections, when that is the verdict of each."""
    told: list[dict] = []

    def all_say_so() -> bool:
        told[:] = [lab.check(watcher, host, "rpc.pinning") for watcher in _site(host).announcers]
        return all(check["reason"] == reason and _has_dialled(check) for check in told)

    if not process.until(all_say_so, TOLD_WITHIN, 0.2):
        raise LabError(f"{host.name}: {told} (expected: {reason} within {TOLD_WITHIN:.0f} s)")
    return told[0]["detail"]


def _has_dialled(check: dict) -> bool:
    return check["values"]["outbound"] != "none"


def source_on_the_service_address(victim: Host) -> str:
    """What leaves from the service address is answered to the closest site; mended, it comes back."""
    if PINNING != "source-route":
        return f"the default route decides nothing with {PINNING}"
    site = _site(victim)
    rendered.forget(victim)
    try:
        lost = client.connect_from(victim.name, ABROAD, timeout=1.5)
        findings = doctor.examine(site, [(victim.name, victim.name)])[victim.name]
        if [f["check"] for f in findings] != ["source-route"]:
            raise LabError(f"the doctor found {findings} (expected: source-route alone)")
        doctor.mend(victim.name, findings[0])
    finally:
        rendered.tell_host(victim)
    if lost is not None:
        raise LabError(f"{victim.name} reaches {ABROAD} from {lost} (expected: no answer)")
    source = client.connect_from(victim.name, ABROAD, timeout=5.0)
    if source != victim.physical:
        raise LabError(f"{victim.name} reaches {ABROAD} from {source} (expected: {victim.physical})")
    return f"{victim.name} to {ABROAD}: from {SERVICE} no answer; by the doctor's command connected from {source}"


def internal_address_is_served(victim: Host) -> str:
    """RPC at the internal address: both nodes in turn, one when the other dies, and never outside."""
    site = _site(victim)
    asking = site.announcers[-1].name
    names = {n.name for n in site.nodes}
    both = _answering(asking, 60)
    if both != names:
        raise LabError(f"{INTERNAL} is served by {sorted(both)} (expected: {sorted(names)})")
    notified = _notified(asking, site)
    with watching() as view:
        killed = lab.kill(victim)
        survivors = {n.address for n in site.nodes if n != victim}
        if not process.until(
            lambda: router.next_hops(site.edge, INTERNAL_PREFIX) == survivors, PATIENCE, 0.002
        ):
            raise LabError(f"{site.edge} still sends {INTERNAL_PREFIX} to {victim.name}")
        took = time.time() - killed
        time.sleep(SETTLE)
        left = _answering(asking, 30)
        _notified(asking, site, {victim})
        view.quiet(QUIET)
    if left != names - {victim.name}:
        raise LabError(f"{INTERNAL} is served by {sorted(left)} without {victim.name}")
    lab.heal(victim)
    _await_state(victim, "UP")
    for each in SITES:
        if router.ever_heard(each.transit, INTERNAL_PREFIX):
            raise LabError(f"{each.transit} has heard of {INTERNAL_PREFIX}")
    return (
        f"{INTERNAL} answered by {' and '.join(sorted(both))}{notified}; kill -9 {victim.name}: moved at {site.edge}"
        f" within {_ms(took)}, then {' '.join(left)} alone; transit never heard of it"
    )


def _notified(namespace: str, site: Site, dead: frozenset[Host] | set[Host] = frozenset()) -> str:
    """Each living node of the site tells subscribers at the internal address of a block; bcoin has no ZMQ."""
    if program.kind() != "bitcoind":
        return ""
    living = [host for host in site.nodes if host not in dead]
    with contextlib.ExitStack() as held:
        there: list[zmtp.Subscription] = []

        def everywhere() -> bool:
            there.append(zmtp.Subscription(namespace, INTERNAL, "hashblock"))
            held.callback(there[-1].close)
            door = f"{INTERNAL}:{program.ZMQ_PORT}"
            return all(any(near == door for near, _ in netns.connections(h.name)) for h in living)

        if not process.until(everywhere, PATIENCE, 0.05):
            raise LabError(f"{INTERNAL}:{program.ZMQ_PORT} is not served by each of {[h.name for h in living]} on {len(there)} connections")
        time.sleep(SETTLE)  # the last subscription is on its way
        block = node.mine(_other(site).nodes[0])
        for subscription in there:
            topic, body, _ = subscription.message()
            if topic != b"hashblock" or body.hex() != block:
                raise LabError(f"{INTERNAL} told of {topic!r} {body.hex()} (expected: hashblock {block})")
    return f", hashblock heard on {len(there)} connections"


def _answering(namespace: str, times: int) -> set[str]:
    """Who answers RPC at the internal address, in so many connections."""
    agents = [node.rpc_at(namespace, INTERNAL, "getnetworkinfo")["subversion"] for _ in range(times)]
    return {client.who(agent)[0] for agent in agents}


def _require_private(host: Host, peers: list[str]) -> None:
    addresses = {peer.rpartition(":")[0] for peer in peers}
    if public := addresses & {SERVICE, *(n.physical for n in NODES)}:
        raise LabError(f"{host.name} has a peer by a public address: {', '.join(sorted(public))}")
    if not addresses & {n.address for n in _other(_site(host)).nodes}:
        raise LabError(f"{host.name} has no peer at the other site by its private address: {peers}")


def _site(host: Host) -> Site:
    return next(site for site in SITES if site.name == host.site)


def _other(site: Site) -> Site:
    return PAR if site is GVA else GVA


def _edge_moved(view: View, site: Site, since: float) -> float:
    """When the last announcer of the site that moved its next hop did; `since` when none had to."""
    return max((c.at for c in view.routes[site.edge].changes("announcer")), default=since)


def _moved(site: Site, moved: float, since: float) -> str:
    if moved == since:
        return f"no next hop of {site.edge} was there"
    return f"next hop moved at {site.edge} after {_ms(moved - since)}"


def _await_state(host: Host, wanted: str) -> None:
    """Until every daemon of the site calls the host that."""
    for watcher in _site(host).announcers:
        if not process.until(lambda w=watcher: lab.host_state(w, host) == wanted, PATIENCE, 0.1):
            state = lab.host_state(watcher, host)
            raise LabError(f"{watcher.name} calls {host.name} {state} (expected: {wanted})")


def _require_nothing_lost(view: View) -> None:
    for site in SITES:
        view.require_undisturbed(site)


def _require(change: router.Change | None, where: str) -> router.Change:
    if change is None:
        raise LabError(f"the expected change did not come at {where} within {PATIENCE:.0f} s")
    return change


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
