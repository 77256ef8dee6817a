-- SPDX-License-Identifier: BSD-2-Clause
-- Wireshark dissector for PROT frames over TCP. Fields have the names that tcpcraft
-- gives them. Use:
--
--	tshark -X lua_script:scripts/wireshark/prot.lua -r FILE -Y prot
--
-- or copy it to the folder that Help, About, Folders calls "Personal Lua Plugins".
-- A connection is PROT when its port is that of the preferences (9999), or when its data
-- begins with the magic "PROT"; the server's bare "ACK" is shown on such connections.

local prot = Proto("prot", "PROT")

local f = prot.fields
f.magic = ProtoField.uint32("prot.magic", "Magic", base.HEX)
f.version = ProtoField.uint8("prot.version", "Version")
f.length = ProtoField.uint32("prot.length", "Length of the payload")
f.payload = ProtoField.bytes("prot.payload", "Payload")
f.checksum = ProtoField.uint16("prot.checksum", "Checksum", base.HEX)
f.answer = ProtoField.string("prot.answer", "Answer")

local e = prot.experts
e.magic = ProtoExpert.new("prot.magic.bad", "The magic is not PROT",
	expert.group.MALFORMED, expert.severity.ERROR)
e.version = ProtoExpert.new("prot.version.bad", "The version is not 1",
	expert.group.PROTOCOL, expert.severity.WARN)
e.length = ProtoExpert.new("prot.length.bad", "The length is over 512",
	expert.group.PROTOCOL, expert.severity.WARN)
e.checksum = ProtoExpert.new("prot.checksum.bad", "The checksum is wrong",
	expert.group.CHECKSUM, expert.severity.ERROR)
e.cut = ProtoExpert.new("prot.cut", "The frame ends before its length says",
	expert.group.MALFORMED, expert.severity.WARN)

prot.prefs.port = Pref.uint("TCP port", 9999, "Port of the server")

local MAGIC, HEAD, SUM, MOST = 0x50524f54, 9, 2, 512

-- XOR of the payload, one byte; it is sent as 16 bits, little-endian.
local function checksum(payload)
	local sum = 0
	for i = 0, payload:len() - 1 do
		sum = bit.bxor(sum, payload(i, 1):uint())
	end
	return sum
end

local function put_checksum(tree, buf, at, length)
	local item = tree:add_le(f.checksum, buf(at, SUM))
	local want = length > 0 and checksum(buf(at - length, length)) or 0
	if buf(at, SUM):le_uint() ~= want then
		item:add_proto_expert_info(e.checksum,
			string.format("The checksum is wrong: expected 0x%04x", want))
	end
end

-- One frame at `at`; returns its length, or what is missing as a negative number.
local function frame(buf, at, pinfo, root)
	local left = buf:len() - at
	if left < HEAD then
		return -DESEGMENT_ONE_MORE_SEGMENT
	end
	local length = buf(at + 5, 4):uint()
	local whole = HEAD + length + SUM
	if length <= MOST and left < whole and pinfo.can_desegment > 0 then
		return left - whole
	end
	local tree = root:add(prot, buf(at, math.min(left, whole)))
	tree:add(f.magic, buf(at, 4))
	local version = tree:add(f.version, buf(at + 4, 1))
	if buf(at + 4, 1):uint() ~= 1 then
		version:add_proto_expert_info(e.version)
	end
	local item = tree:add(f.length, buf(at + 5, 4))
	if length > MOST then
		item:add_proto_expert_info(e.length)
	end
	local here = math.min(length, left - HEAD)
	if here > 0 then
		tree:add(f.payload, buf(at + HEAD, here))
	end
	if left < whole then
		tree:add_proto_expert_info(e.cut)
		return left
	end
	put_checksum(tree, buf, at + HEAD + length, length)
	pinfo.cols.info:append(string.format(" [frame of %d bytes]", length))
	return whole
end

function prot.dissector(buf, pinfo, root)
	local at = 0
	if buf:reported_len() == 0 then
		return 0
	end
	pinfo.cols.protocol = "PROT"
	if buf:len() < 4 or buf(0, 4):uint() ~= MAGIC then
		local tree = root:add(prot, buf())
		if buf:len() == 3 and buf():string() == "ACK" then
			tree:add(f.answer, buf())
			pinfo.cols.info:append(" [ACK]")
		elseif pinfo.dst_port == prot.prefs.port then
			tree:add_proto_expert_info(e.magic)
		end
		return buf:len()
	end
	while at < buf:len() do
		if buf:len() - at >= 4 and buf(at, 4):uint() ~= MAGIC then
			break
		end
		local n = frame(buf, at, pinfo, root)
		if n < 0 then
			pinfo.desegment_offset = at
			pinfo.desegment_len = n == -DESEGMENT_ONE_MORE_SEGMENT and
				DESEGMENT_ONE_MORE_SEGMENT or -n
			return buf:len()
		end
		at = at + n
	end
	return buf:len()
end

local function looks_like_it(buf, pinfo, root)
	if buf:len() < 4 or buf(0, 4):uint() ~= MAGIC then
		return false
	end
	pinfo.conversation = prot
	prot.dissector(buf, pinfo, root)
	return true
end

prot:register_heuristic("tcp", looks_like_it)

local ports, port = DissectorTable.get("tcp.port"), 0

function prot.prefs_changed()
	if port ~= 0 then
		ports:remove(port, prot)
	end
	port = prot.prefs.port
	if port ~= 0 then
		ports:add(port, prot)
	end
end

port = prot.prefs.port
ports:add(port, prot)
