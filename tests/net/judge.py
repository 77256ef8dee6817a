# SPDX-License-Identifier: BSD-2-Clause
"""What RFC 9293 forbids a sender, looked for in a capture by an observer.

	tshark ... -T fields (see FIELDS; lib.sh: judge) | judge.py ADDR [RESETS | each PEERS]

Reads a line a packet, in the order of the wire as seen beside ADDR, and prints a line
for each thing that ADDR should not have sent. RESETS is how many resets it may send in
all (0). PEERS is a file with a line a peer, "ADDRESS NAME RESETS ...": each is judged by
itself, and its address and a tab stand before its lines. Uses nothing of tcpcraft.
"""
import sys

FIELDS = ("frame.number ip.src tcp.srcport ip.dst tcp.dstport tcp.seq tcp.ack tcp.len "
	  "tcp.flags tcp.window_size_value tcp.options.wscale.shift tcp.options.mss_val "
	  "tcp.payload").split()
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
MOD = 1 << 32
# A sender of ours takes a smaller MSS of the peer's for this ("OUR TCP" in the manual). It is
# more than 3.7.1 lets it send, on purpose: a peer that says 1 would have it send a packet a
# byte (CVE-2019-11479). Linux has such a floor, too (tcp_min_snd_mss).
MSS_FLOOR = 64


def ahead(a, b):
	"""a - b as a signed distance, RFC 9293 3.4."""
	return (a - b + MOD // 2) % MOD - MOD // 2


class Segment:
	def __init__(self, words):
		get = dict(zip(FIELDS, words))
		number = lambda name: int(get[name].split(",")[0] or "0", 0)
		self.frame = get["frame.number"]
		self.src = (get["ip.src"].split(",")[0], number("tcp.srcport"))
		self.dst = (get["ip.dst"].split(",")[0], number("tcp.dstport"))
		self.seq, self.ack = number("tcp.seq"), number("tcp.ack")
		self.flags, self.window = number("tcp.flags"), number("tcp.window_size_value")
		self.scale = number("tcp.options.wscale.shift")
		self.has_scale = get["tcp.options.wscale.shift"] != ""
		self.mss = number("tcp.options.mss_val")
		self.data = bytes.fromhex(get["tcp.payload"])
		self.len = len(self.data)

	def end(self):
		return self.seq + self.len + bool(self.flags & SYN) + bool(self.flags & FIN)


class Connection:
	"""What both sides have said so far; distances are from the initial numbers."""

	def __init__(self, first):
		self.iss = first.seq
		self.sent = bytearray()
		self.nxt = 0		# the highest number used, as a distance
		self.fin = None
		self.irs = None
		self.got = 0		# the end of all the peer sent
		self.edge = 0		# how far the peer lets us send
		self.acked = 0		# our last ACK
		self.our_edge = 0
		self.scales = {}
		self.mss = 536
		self.heard_ack = 0	# how much of ours the peer has acknowledged
		self.peer_fin = None	# where its numbers end, FIN included
		self.was_reset = False	# by us

	def may_reset(self, s):
		"""Who has no connection any more answers what comes with a reset (3.10.7.1): a FIN
		that comes again, because our last ACK was lost, and after our reset each segment
		that was on its way or follows. Such a reset has no data, and the number that the
		peer has last acknowledged, which is one that we have used, or 0."""
		if s.len or not (self.was_reset or self.is_over()):
			return False
		return s.seq == 0 or 0 <= ahead(s.seq, self.iss) <= self.nxt

	def is_over(self):
		"""Both FINs are acknowledged."""
		return self.fin is not None and self.heard_ack > self.fin and \
			self.peer_fin is not None and self.acked >= self.peer_fin

	def hear(self, s):
		if s.flags & RST:
			return
		if s.flags & SYN and self.irs is None:
			self.irs = s.seq
			self.scales["peer"] = s.scale if s.has_scale else None
			self.mss = max(s.mss, MSS_FLOOR) if s.mss else self.mss
		if self.irs is None:
			return
		self.got = max(self.got, ahead(s.end(), self.irs))
		if s.flags & FIN:
			self.peer_fin = ahead(s.end(), self.irs)
		if s.flags & ACK:
			self.heard_ack = max(self.heard_ack, ahead(s.ack, self.iss))
			shift = 0 if s.flags & SYN else self.shift("peer")
			edge = ahead(s.ack, self.iss) + (s.window << shift)
			self.edge = max(self.edge, edge)

	def shift(self, whose):
		"""Scaling holds when both offered it, 14 at most (RFC 7323 2.2, 2.3)."""
		if None in (self.scales.get("us"), self.scales.get("peer")):
			return 0
		return min(self.scales[whose], 14)

	def say(self, s):
		"""Yields what is wrong with a segment of ours."""
		at = ahead(s.seq, self.iss)
		if s.flags & SYN:
			self.scales["us"] = s.scale if s.has_scale else None
			if at != 0:
				yield "SYN with another initial number"
			if s.flags & FIN or s.len:
				yield "SYN with FIN or data"
		elif not s.flags & ACK:
			yield "no SYN, no RST and no ACK (3.4: ACK is always set)"
		yield from self.say_ack(s)
		yield from self.say_range(s, at)
		self.nxt = max(self.nxt, ahead(s.end(), self.iss))

	def say_ack(self, s):
		if not s.flags & ACK:
			return
		if self.irs is None:
			yield "an ACK before anything came"
			return
		acked = ahead(s.ack, self.irs)
		if acked > self.got:
			yield f"acknowledges {acked - self.got} bytes that nobody sent"
		if acked < self.acked:
			yield "ACK goes back"
		self.acked = max(self.acked, acked)
		shift = 0 if s.flags & SYN else self.shift("us")
		edge = acked + (s.window << shift)
		if edge + (1 << shift) <= self.our_edge:
			yield f"the window shrinks by {self.our_edge - edge} (SHOULD-14)"
		self.our_edge = max(self.our_edge, edge)

	def say_range(self, s, at):
		if at > self.nxt:
			yield f"leaves out {at - self.nxt} numbers"
		if s.len > self.mss:
			yield f"{s.len} bytes, the peer's MSS is {self.mss}"
		if s.len and self.irs is None:
			yield "data before the peer's SYN"
		# one beyond it may be sent: the probe of a closed window (3.8.6.1)
		if s.len + bool(s.flags & FIN) and ahead(s.end(), self.iss) > self.edge + 1:
			yield f"{ahead(s.end(), self.iss) - self.edge} beyond the window"
		if s.flags & FIN:
			if self.fin not in (None, at + s.len):
				yield "FIN at another number than before"
			self.fin = at + s.len
		if s.len and self.fin is not None and at + s.len > self.fin:
			yield "data after our FIN"
		yield from self.say_bytes(s, at - 1)

	def say_bytes(self, s, at):
		if not s.len or s.flags & SYN or at < 0:
			return
		old = self.sent[at:at + s.len]
		if s.data[:len(old)] != old:
			yield "other bytes than before at the same number"
		self.sent += s.data[len(old):]	# nothing, or the next bytes in order


def settled(lines, addr):
	"""The segments. On a machine with many processors the observer may see our answer
	a moment before what it answers: ours wait until two more packets were seen."""
	ours = []
	for line in lines:
		s = Segment(line.rstrip("\n").split("\t"))
		ours = [(wait - 1, held) for wait, held in ours]
		if s.src[0] != addr:
			yield s
		elif s.flags & SYN:
			yield from (held for _, held in ours)
			yield s
			ours = []
		else:
			ours.append((2, s))
		while ours and ours[0][0] <= 0:
			yield ours.pop(0)[1]
	yield from (held for _, held in ours)


def judge(lines, addr, resets):
	connections, heard = {}, {}	# by (our end, their end)
	for s in settled(lines, addr):
		ours = s.src[0] == addr
		key = (s.src, s.dst) if ours else (s.dst, s.src)
		c = connections.get(key)
		wrong = []
		if ours and s.flags & RST and c and c.may_reset(s):
			continue
		if ours and s.flags & RST:
			resets -= 1
			if c:
				c.was_reset = True
			if resets < 0:
				wrong = ["a reset that is not meant"]
		elif ours:
			if c is None or s.flags & (SYN | ACK) == SYN and s.seq != c.iss:
				c = connections[key] = Connection(s)
				if s.flags & ACK and key in heard:
					c.hear(heard[key])
			wrong = list(c.say(s))
		elif c is None or s.flags & (SYN | ACK) == SYN and c.fin is not None:
			connections.pop(key, None)
			heard[key] = s		# a SYN, to be answered
		else:
			c.hear(s)
		for why in wrong:
			yield f"frame {s.frame}: {why}"
	if not connections:
		yield f"no segment of {addr} at all"


def judge_each(lines, addr, peers):
	for peer in peers:
		other, _, resets = peer.split()[:3]
		theirs = [line for line in lines if other in line.split("\t")[1:4:2]]
		for wrong in judge(theirs, addr, int(resets)):
			yield f"{other}\t{wrong}"


if __name__ == "__main__":
	if sys.argv[2:3] == ["each"]:
		with open(sys.argv[3]) as file:
			found = list(judge_each(list(sys.stdin), sys.argv[1], file))
	else:
		found = judge(sys.stdin, sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
	for each in found:
		print(each)
