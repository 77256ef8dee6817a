#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Peers that do what a peer should not, each on an address that nobody owns.

	hostile.py list [6]		a line a script: ADDRESS NAME RESETS MOST WHAT IT DOES
	hostile.py play IF [6]		answers ARP for these addresses and plays, for ever;
					6: over IPv6, where neighbours are solicited
	hostile.py dial ADDRESS		the kernel's client against one: prints a verdict,
					in the words of tcpcraft prot

The client connects to port 9999 and sends a PROT frame; where the script leaves the
client a way, the peer acknowledges it and replies "ACK". RESETS and MOST are how many
resets and segments a client may send in all. Packets that lie have 0xbad as IP
identification, or flow label, so that an observer can tell them from what the peer means.
"""
import queue
import socket
import struct
import sys
import threading
import time

SIX = sys.argv[-1] == "6"
FIRST = 0x100 if SIX else 100
PREFIX = b"\xfd\x77" + bytes(12) if SIX else b"\x0a\x4d\0"
HEAD = 40 if SIX else 20		# of IP
LIE = 0xbad
PORT = 9999
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
MOD = 1 << 32
MSS = b"\x02\x04\x05\xb4"
SCRIPTS = []
# Unreachable port, host and protocol, too big; what is not there, and a redirect from afar.
SAME_IN_ICMPV6 = {(3, 3): (1, 4), (3, 1): (1, 3), (3, 2): (4, 1), (3, 4): (2, 0),
		  (4, 0): (200, 0), (5, 1): (137, 0)}


def script(resets=0, most=20):
	def add(f):
		SCRIPTS.append((f.__name__.replace("_", "-"), f, resets, most))
		return f
	return add


def packed(n):
	return PREFIX + (FIRST + n).to_bytes(2 if SIX else 1, "big")


def address(n):
	return socket.inet_ntop(socket.AF_INET6 if SIX else socket.AF_INET, packed(n))


def number(addr):
	"""Whose it is, or None."""
	n = int.from_bytes(addr[len(PREFIX):], "big") - FIRST
	return n if addr.startswith(PREFIX) and 0 <= n < len(SCRIPTS) else None


def mac_of(n):
	return b"\x02\0\0\0\1" + bytes([n])


def pseudo(src, dst, proto, n):
	return src + dst + (struct.pack("!IHBB", n, 0, 0, proto) if SIX else
			    struct.pack("!HH", proto, n))


def ip_header(src, dst, proto, length, lie, hops=64):
	if SIX:
		return struct.pack("!IHBB", 6 << 28 | (LIE if lie else 0), length, proto, hops) + \
			src + dst
	head = struct.pack("!BBHHHBBH", 0x45, 0, length, LIE if lie else 1, 0, hops, proto, 0) + \
		src + dst
	return head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def checksum(b):
	total = sum(struct.unpack(f"!{len(b) // 2}H", b[:len(b) & ~1]))
	total += b[-1] << 8 if len(b) & 1 else 0
	while total >> 16:
		total = (total & 0xffff) + (total >> 16)
	return ~total & 0xffff


class Segment:
	"""One of the client's, or None for what is not TCP to our port."""

	def __init__(self, frame):
		self.mac, self.ip = frame[6:12], frame[14:]
		if SIX:
			tcp = self.ip[40:40 + struct.unpack("!H", self.ip[4:6])[0]]
			self.src, self.dst = self.ip[8:24], self.ip[24:40]
		else:
			at = (self.ip[0] & 15) * 4
			tcp = self.ip[at:struct.unpack("!H", self.ip[2:4])[0]]
			self.src, self.dst = self.ip[12:16], self.ip[16:20]
		self.sport, self.dport, self.seq, self.ack, off, self.flags, self.window = \
			struct.unpack("!HHIIBBH", tcp[:16])
		self.data = tcp[(off >> 4) * 4:]


class Talk:
	"""A connection, and all the ways to be wrong in it."""

	def __init__(self, link, n, syn):
		self.link, self.syn = link, syn
		self.mac, self.me = mac_of(n), packed(n)
		self.inbox = queue.Queue()
		self.iss = 0x10000000 + n
		self.nxt = self.iss + 1			# what we send next
		self.want = (syn.seq + 1) % MOD		# what we expect next
		self.got = b""
		self.window = 8192

	def ip(self, proto, payload, length=None, lie=False):
		own = len(payload) + (0 if SIX else 20)
		head = ip_header(self.me, self.syn.src, proto, length or own, lie)
		frame = self.syn.mac + self.mac + (b"\x86\xdd" if SIX else b"\x08\0") + head + payload
		self.link.send(frame.ljust(60, b"\0"))

	def say(self, flags, data=b"", seq=None, ack=None, window=None, opts=b"", doff=None,
		length=None, lie=False, urgent=0, port=None):
		seq, ack = self.nxt if seq is None else seq, self.want if ack is None else ack
		window = self.window if window is None else window
		opts = opts.ljust((len(opts) + 3) & ~3, b"\0")
		doff = 5 + len(opts) // 4 if doff is None else doff
		tcp = struct.pack("!HHIIBBHHH", PORT, port or self.syn.sport, seq % MOD, ack % MOD,
				  doff << 4, flags, window, 0, urgent) + opts + data
		tcp = tcp[:16] + struct.pack("!H", checksum(
			pseudo(self.me, self.syn.src, 6, len(tcp)) + tcp)) + tcp[18:]
		self.ip(6, tcp, length, lie)

	def lie(self, flags, data=b"", **how):
		self.say(flags, data, lie=True, **how)

	def icmp(self, kind, code, quote, rest=0):
		"""Of ICMP; over IPv6 what says the same there (RFC 4443, RFC 4861)."""
		if SIX:
			kind, code = SAME_IN_ICMPV6[kind, code]
		body = struct.pack("!BBHI", kind, code, 0, rest) + quote[:HEAD + 8]
		proto = 58 if SIX else 1
		front = pseudo(self.me, self.syn.src, proto, len(body)) if SIX else b""
		self.ip(proto, body[:2] + struct.pack("!H", checksum(front + body)) + body[4:])

	def hear(self, seconds):
		try:
			return self.inbox.get(timeout=max(seconds, 0))
		except queue.Empty:
			return None

	def hear_all(self, seconds, answer=lambda s: None):
		end = time.monotonic() + seconds
		while time.monotonic() < end:
			s = self.hear(end - time.monotonic())
			if s:
				answer(s)

	def greet(self, opts=MSS, data=b"", **how):
		self.say(SYN | ACK, data, seq=self.iss, opts=opts, **how)

	def open(self, **how):
		"""The handshake as it should be, up to the client's first data."""
		self.greet(**how)
		self.take()

	def take(self, seconds=2):
		"""Takes data in order until there is a frame; True when there is one."""
		end = time.monotonic() + seconds
		while time.monotonic() < end:
			s = self.hear(end - time.monotonic())
			if s and s.flags & RST:
				return False
			if s and s.data and s.seq == self.want:
				self.got += s.data
				self.want = (self.want + len(s.data)) % MOD
				if len(self.got) > 10 and len(self.got) >= 11 + self.got[8]:
					return True
				self.say(ACK)
		return False

	def reply(self, data=b"ACK"):
		self.say(ACK | PSH, data)
		self.nxt += len(data)

	def close(self, last=b""):
		"""Waits for the client's FIN and does what is due. Whoever sends data again has not
		got our answer to it: the last one comes again, too (RFC 9293 3.8.1)."""
		def answer(s):
			if s.flags & RST:
				return
			if s.data and last:
				self.say(ACK | PSH, last, seq=(self.nxt - len(last)) % MOD)
			end = (s.seq + len(s.data) + 1) % MOD
			if s.flags & FIN and end != self.want:
				self.want = end
				self.say(FIN | ACK)
				self.nxt += 1
			elif s.flags & FIN:
				self.say(ACK)
		self.hear_all(1.5, answer)

	def rest(self):
		"""From a frame taken to the end, as a good peer."""
		self.say(ACK)
		self.reply()
		self.close(b"ACK")


# ---- the scripts: before the connection is there -------------------------------------

@script()
def honest(t):
	"does nothing wrong: what the others are compared with"
	t.open()
	t.rest()


@script(resets=4)
def wrong_ack(t):
	"acknowledges a number in its SYN/ACK that was never sent"
	def answer(s):
		if s.flags & SYN:
			t.lie(SYN | ACK, seq=t.iss, ack=s.seq + 1000)
	answer(t.syn)
	t.hear_all(1.5, answer)


@script(resets=1)
def wrong_ack_first(t):
	"the same once, then a right SYN/ACK"
	t.lie(SYN | ACK, seq=t.iss, ack=t.syn.seq + 1000)
	t.open()
	t.rest()


@script()
def refuse(t):
	"answers the SYN with the reset that is due"
	t.say(RST | ACK, seq=0)


@script()
def blind_rst_to_syn(t):
	"resets the SYN without the right ACK, then accepts it"
	t.lie(RST, seq=0)
	t.lie(RST | ACK, seq=0, ack=t.syn.seq + 77)
	t.open()
	t.rest()


@script()
def rst_in_syn_ack(t):
	"SYN, ACK and RST in one, and the wrong number acknowledged; then accepts"
	t.lie(SYN | ACK | RST, seq=t.iss, ack=t.syn.seq)
	t.open()
	t.rest()


@script()
def xmas_to_syn(t):
	"all flags, and no flags, as first answer; then accepts"
	t.lie(0, seq=t.iss)
	t.lie(FIN | PSH | URG, seq=t.iss)
	t.open()
	t.rest()


@script()
def data_in_syn_ack(t):
	"sends its reply with the SYN/ACK, and again later"
	t.greet(data=b"ACK")
	if t.take():
		t.rest()


@script(resets=1, most=60)
def endless_syn_ack(t):
	"answers everything with the SYN/ACK, 500 times unasked"
	t.greet()
	for _ in range(500):
		t.greet()
	t.hear_all(1.5, lambda s: None if s.flags & RST else t.greet())


@script(resets=1)
def simultaneous_syn(t):
	"sends a SYN instead of the SYN/ACK, and then nothing"
	t.say(SYN, seq=t.iss, ack=0, opts=MSS)
	t.hear_all(1.5)


def options(opts):
	def play(t):
		t.open(opts=opts)
		t.rest()
	return play


for name, what, opts in (
	("option_length_0", "an option of length 0", b"\x02\0\x05\xb4"),
	("option_length_1", "an option of length 1", b"\x08\x01\x01\x01"),
	("option_too_long", "an option longer than the header", b"\x05\x28\0\0"),
	("option_cut", "an option without a length at the end", b"\x01\x01\x01\x03"),
	("option_mss_0", "a maximum segment of 0", b"\x02\x04\0\0"),
	("option_mss_1", "a maximum segment of 1", b"\x02\x04\0\x01"),
	("option_wscale_255", "a window scale of 255", MSS + b"\x03\x03\xff"),
	("option_unknown", "40 bytes of options nobody knows", b"\xc8\x28" + bytes(38)),
):
	play = options(opts)
	play.__name__, play.__doc__ = name, "its SYN/ACK has " + what
	script(most=60)(play)


@script()
def icmp_refused(t):
	"says port unreachable of the SYN"
	t.icmp(3, 3, t.syn.ip)


@script()
def icmp_host(t):
	"says host unreachable of the SYN, never anything else"
	t.icmp(3, 1, t.syn.ip)
	t.hear_all(1.5)


@script()
def icmp_forged_seq(t):
	"port unreachable of a SYN with another number, then accepts"
	quote = bytearray(t.syn.ip[:HEAD + 8])
	quote[HEAD + 4:HEAD + 8] = struct.pack("!I", (t.syn.seq + 5555) % MOD)
	t.icmp(3, 3, bytes(quote))
	t.open()
	t.rest()


@script()
def icmp_forged_port(t):
	"port unreachable of a connection that is not there, then accepts"
	quote = bytearray(t.syn.ip[:HEAD + 8])
	quote[HEAD] ^= 0x10
	t.icmp(3, 3, bytes(quote))
	t.icmp(3, 3, bytes(quote[:HEAD]))
	t.open()
	t.rest()


# ---- while it is there ---------------------------------------------------------------

@script()
def icmp_while_open(t):
	"says port unreachable of data that it has taken (RFC 5927: soft)"
	t.greet()
	s = t.hear(1)
	t.take()
	t.icmp(3, 3, (s or t.syn).ip)
	t.icmp(3, 2, (s or t.syn).ip)
	t.rest()


@script()
def icmp_tiny_mtu(t):
	"asks for packets of 68, of 0 and of 65535 bytes"
	t.greet()
	s = t.hear(1) or t.syn
	for mtu in (68, 0, 65535):
		t.icmp(3, 4, s.ip, mtu)
	t.take()
	t.rest()


@script()
def icmp_quench(t):
	"source quench and a redirect, as of old"
	t.open()
	t.icmp(4, 0, t.syn.ip)
	t.icmp(5, 1, t.syn.ip, 0x0a4d0001)
	t.rest()


@script()
def rst_exact(t):
	"resets where the client expects its next byte"
	t.open()
	t.say(RST)


@script()
def rst_in_window(t):
	"blind resets in the window, but not at its edge (RFC 5961: asks back)"
	t.open()
	t.lie(RST, seq=t.nxt + 1)
	t.lie(RST, seq=t.nxt + 1000)
	t.rest()


@script()
def rst_outside(t):
	"blind resets outside of the window"
	t.open()
	for d in (-1, -70000, 1 << 31, 1 << 30):
		t.lie(RST, seq=t.nxt + d)
	t.rest()


@script()
def syn_blind(t):
	"SYNs in the window and outside (RFC 5961: asks back)"
	t.open()
	for d in (0, 1000, -1, 1 << 30):
		t.lie(SYN, seq=t.nxt + d)
	t.rest()


@script()
def ack_of_future(t):
	"acknowledges what the client never sent"
	t.open()
	t.lie(ACK, ack=t.want + 5000)
	t.lie(ACK, b"evil", ack=t.want + 1)
	t.rest()


@script()
def ack_of_past(t):
	"acknowledges far behind, with data (RFC 5961: asks back)"
	t.open()
	t.lie(ACK, b"evil", ack=t.want - 200000)
	t.rest()


@script()
def no_ack_flag(t):
	"data without ACK, without any flag, and with SYN and FIN"
	t.open()
	t.lie(0, b"evil")
	t.lie(PSH, b"evil")
	t.lie(SYN | FIN, b"evil")
	t.rest()


@script()
def data_offset(t):
	"headers of 0, 16 and 60 bytes, which are not there"
	t.open()
	for doff in (0, 4, 15):
		t.lie(ACK | PSH, b"evil", doff=doff)
	t.rest()


@script()
def ip_length(t):
	"IP lengths of less than the header, and of more than the frame"
	t.open()
	for length in (1, 19, 20, 39, 100, 65535):
		t.lie(ACK | PSH, b"evil", length=length)
	t.rest()


@script()
def bad_checksum(t):
	"a reply with a wrong checksum, then the right one"
	t.open()
	send, t.link = t.link, Spoiler(t.link)
	t.lie(ACK | PSH, b"BAD")
	t.link = send
	t.rest()


class Spoiler:
	def __init__(self, link):
		self.link = link

	def send(self, frame):
		at = 14 + HEAD + 20		# the first byte behind the TCP header
		self.link.send(frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1:])


@script()
def overlap(t):
	"a reply in pieces that overlap with other bytes"
	t.open()
	t.say(ACK)
	t.say(ACK, b"K", seq=t.nxt + 2)
	t.lie(ACK, b"xy", seq=t.nxt + 1)
	t.say(ACK, b"AC", seq=t.nxt)
	t.lie(ACK, b"zzz", seq=t.nxt)
	t.nxt += 3
	t.close()


@script()
def outside_window(t):
	"data beyond the window and far behind it"
	t.open()
	t.lie(ACK, b"evil", seq=t.nxt + (1 << 24))
	t.lie(ACK, b"evil", seq=t.nxt - 100000)
	t.rest()


@script(resets=1, most=2100)
def gaps(t):
	"2000 bytes with a hole before each, never filled"
	t.open()
	t.say(ACK)
	for n in range(2000):
		t.lie(ACK, b"x", seq=t.nxt + 1 + 2 * n)
		if n % 50 == 49:
			time.sleep(0.002)
	t.hear_all(1.5)


@script(most=40)
def one_byte_segments(t):
	"takes and gives one byte at a time"
	t.open()
	t.say(ACK)
	for b in b"ACK":
		t.reply(bytes([b]))
	t.close()


@script(resets=1)
def zero_window(t):
	"closes its window and never opens it"
	t.window = 0
	t.greet()
	t.hear_all(1.8, lambda s: None if s.flags & (RST | SYN) else t.say(ACK))


@script(resets=1, most=40)
def one_byte_window(t):
	"a window of one byte, opened byte by byte"
	t.window = 1
	t.greet()
	end = time.monotonic() + 3
	while time.monotonic() < end:
		s = t.hear(0.5)
		if s and s.data and s.seq == t.want:
			t.got += s.data
			t.want = (t.want + len(s.data)) % MOD
			t.say(ACK)
		if len(t.got) > 10 and len(t.got) >= 11 + t.got[8]:
			t.rest()
			return


@script(resets=1)
def silent(t):
	"takes the frame, and says nothing more"
	t.open()
	t.say(ACK)
	t.hear_all(1.5)


@script(resets=1)
def deaf(t):
	"accepts, and acknowledges no data"
	t.greet()
	t.hear_all(1.5)


@script()
def fin_with_data(t):
	"its FIN comes with the reply"
	t.open()
	t.say(ACK | PSH | FIN, b"ACK")
	t.nxt += 4
	t.hear_all(1.5, lambda s: t.say(ACK, ack=s.seq + len(s.data) + 1)
		   if s.flags & FIN else None)


@script()
def data_after_fin(t):
	"sends on behind its own FIN"
	t.open()
	t.say(ACK | PSH | FIN, b"ACK")
	t.nxt += 4
	t.lie(ACK | PSH, b"more")
	t.lie(ACK | PSH | FIN, b"evil", seq=t.nxt + 4)
	t.hear_all(1.5, lambda s: t.say(ACK, ack=s.seq + len(s.data) + 1)
		   if s.flags & FIN else None)


@script()
def fin_beyond_gap(t):
	"a FIN beyond the reply, then the reply"
	t.open()
	t.say(ACK)
	t.say(FIN | ACK, seq=t.nxt + 3)
	t.say(ACK | PSH, b"ACK")
	t.nxt += 4
	t.hear_all(1.5, lambda s: t.say(ACK, ack=s.seq + len(s.data) + 1)
		   if s.flags & FIN else None)


@script()
def urgent_lies(t):
	"an urgent pointer far beyond the data, and one without the flag"
	t.open()
	t.say(ACK | URG, urgent=65535)
	t.say(ACK | PSH, b"ACK", urgent=1)
	t.nxt += 3
	t.close()


@script()
def dup_ack_flood(t):
	"acknowledges the SYN 300 times before the data"
	t.greet()
	s = t.hear(1)
	for _ in range(300):
		t.say(ACK)
	if s and s.data:
		t.inbox.put(s)
	t.take()
	t.rest()


# ---- the wire ------------------------------------------------------------------------

def player(link, n, inbox):
	name, play, _, _ = SCRIPTS[n]
	while True:
		s = inbox.get()
		if s.flags & (SYN | ACK | RST) != SYN:
			continue
		t = Talk(link, n, s)
		t.inbox = Filtered(inbox, s)
		play(t)


class Filtered:
	"""Of the inbox, what belongs to one connection; a SYN of another waits."""

	def __init__(self, inbox, syn):
		self.inbox, self.port = inbox, syn.sport

	def put(self, s):
		self.inbox.put(s)

	def get(self, timeout):
		end = time.monotonic() + timeout
		while True:
			s = self.inbox.get(timeout=max(end - time.monotonic(), 0))
			if s.sport == self.port:
				return s


def arp_reply(link, frame):
	n = number(frame[38:42])
	if frame[20:22] != b"\0\1" or n is None:
		return
	mac = mac_of(n)
	link.send((frame[6:12] + mac + b"\x08\x06" + frame[14:20] + b"\0\2" + mac +
		   frame[38:42] + frame[22:32]).ljust(60, b"\0"))


def advertise(link, frame):
	"""Answers a solicitation (RFC 4861 4.3, 4.4): solicited, and overrides what is known."""
	asker, target = frame[22:38], frame[62:78]
	n = number(target)
	if n is None:
		return
	mac = mac_of(n)
	body = b"\x88\0\0\0\x60\0\0\0" + target + b"\2\1" + mac
	total = checksum(pseudo(target, asker, 58, len(body)) + body)
	link.send(frame[6:12] + mac + b"\x86\xdd" +
		  ip_header(target, asker, 58, len(body), False, 255) +
		  body[:2] + struct.pack("!H", total) + body[4:])


def play(interface):
	link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
	# PACKET_ADD_MEMBERSHIP, promiscuous: these MACs are nobody's
	link.setsockopt(263, 1, struct.pack("IHH8s", socket.if_nametoindex(interface), 1, 0, b""))
	try:
		link.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)	# SO_RCVBUFFORCE
	except PermissionError:		# not root of this machine
		link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
	link.bind((interface, 3))
	inboxes = [queue.Queue() for _ in SCRIPTS]
	for n, inbox in enumerate(inboxes):
		threading.Thread(target=player, args=(link, n, inbox), daemon=True).start()
	print("ready", flush=True)
	while True:
		frame, where = link.recvfrom(70000)
		if where[2] == socket.PACKET_OUTGOING:
			continue
		kind, at = frame[12:14], 14 + HEAD
		if not SIX and kind == b"\x08\x06":
			arp_reply(link, frame)
		elif SIX and kind == b"\x86\xdd" and frame[20] == 58 and len(frame) >= 78 and \
				frame[54] == 135:
			advertise(link, frame)
		elif kind == (b"\x86\xdd" if SIX else b"\x08\0") and len(frame) >= at + 20 and \
				frame[20 if SIX else 23] == 6:
			n = number(frame[at - (16 if SIX else 4):at])
			if n is not None:
				inboxes[n].put(Segment(frame))


# ---- the kernel's client -------------------------------------------------------------

def dial(addr):
	text = b"hello"
	frame = b"PROT\x01" + struct.pack("!I", len(text)) + text
	check = 0
	for b in text:
		check ^= b
	s = socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET)
	# close() is a reset, so that nothing is sent later
	s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	s.settimeout(1)
	try:
		s.connect((addr, PORT))
	except ConnectionRefusedError:
		return "refused"
	except socket.timeout:
		return "no-answer"
	except OSError as e:
		return "unreachable"
	got = b""
	try:
		s.sendall(frame + bytes([check, 0]))
		while len(got) < 3:
			data = s.recv(100)
			if not data:
				return "bad-reply" if got else "closed"
			got += data
	except ConnectionResetError:
		return "reset"
	except socket.timeout:
		import fcntl, termios
		left = struct.unpack("i", fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)))[0]
		return "unacked" if left else "silent"
	except OSError:
		return "unreachable"
	finally:
		s.close()
	return "reply" if got == b"ACK" else "bad-reply"


if __name__ == "__main__":
	if sys.argv[1:2] == ["list"]:
		for n, (name, f, resets, most) in enumerate(SCRIPTS):
			print(address(n), name, resets, most, f.__doc__)
	elif len(sys.argv) >= 3 and sys.argv[1] == "play":
		play(sys.argv[2])
	elif len(sys.argv) == 3 and sys.argv[1] == "dial":
		print(dial(sys.argv[2]))
	else:
		sys.exit(__doc__)
