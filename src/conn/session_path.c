/* SPDX-License-Identifier: BSD-2-Clause */
/* Which way a run's frames go, and from which addresses: of this host, or spare ones. */
#include "session_own.h"

#include "base/addr.h"
#include "host/interface.h"

#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RESOLVE_NS (3 * TC_S)
#define ANY "any"		/* to libpcap: all interfaces */
#define LISTEN_MTU 1500		/* peers may come over any interface */

/* In a VLAN the kernel knows nothing of any of them. */
static int check_families(const struct tc_session *s, struct tc_error *err)
{
	for (unsigned i = 0; i < s->n_own; i++)
		if (s->path.dst.family && s->addr[i].family != s->path.dst.family)
			return tc_fail(err, -EINVAL, "source %s is not of the family of %s",
				       TC_HOST(&s->addr[i]), TC_HOST(&s->path.dst));
	return 0;
}

/* The others of our addresses: all are of this host, as the first is, or all spare. */
static int check_others(const struct tc_session *s, struct tc_error *err)
{
	char text[TC_ADDR_STRING];
	struct tc_path path;
	int rc;

	if (s->path.vlan.n)
		return check_families(s, err);
	for (unsigned i = 1; i < s->n_own; i++) {
		tc_addr_string(&s->addr[i], text);
		rc = s->neigh.n ? tc_spare_check(&s->path, &s->addr[i], err) : 0;
		if (rc >= 0)
			rc = tc_path_find(&path, &s->addr[i], &s->addr[i], NULL, err);
		if (rc >= 0 && !path.local && !s->neigh.n)
			rc = tc_fail(err, -EADDRNOTAVAIL, "%s is not an address of this host: ip "
				     "address lists them", text);
		if (rc >= 0 && path.local && s->neigh.n)
			rc = tc_fail(err, -EINVAL, "source %s is an address of this host, the "
				     "first is not: they cannot be mixed", text);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int choose_mac(struct tc_session *s, const struct tc_session_config *cfg,
		      struct tc_error *err)
{
	struct tc_rng rng;

	if (cfg->source_mac) {
		memcpy(s->neigh.mac, cfg->source_mac, sizeof s->neigh.mac);
	} else if (cfg->source_mac_own) {
		memcpy(s->neigh.mac, s->path.mac, sizeof s->neigh.mac);
	} else {
		tc_rng_seed(&rng, cfg->seed);
		tc_rng_bytes(&rng, s->neigh.mac, sizeof s->neigh.mac);
		s->neigh.mac[0] = 0x02;	/* administered locally, a single host's */
	}
	return tc_spare_check_mac(&s->path, s->neigh.mac, err);
}

/*
 * Our address is not a host's: be one, if nobody else is. From here on path.mac is ours, and
 * what is sent to it passes the kernel by: no guard is needed.
 */
static int open_spare(struct tc_session *s, const struct tc_session_config *cfg,
		      struct tc_error *err)
{
	int rc;

	s->neigh = (struct tc_neigh){ .addrs = s->addr, .n = s->n_own };
	rc = tc_spare_check(&s->path, &s->addr[0], err);
	if (rc >= 0 && cfg->inject == TC_INJECT_RAW && s->path.vlan.n)
		rc = tc_fail(err, -EINVAL, "--inject raw leaves the link header to the kernel, "
			     "and --vlan puts tags into it: use one of the two");
	else if (rc >= 0 && cfg->inject == TC_INJECT_RAW)
		rc = tc_fail(err, -EINVAL, "a source that is not an address of this host cannot "
			     "be sent from with --inject raw, which is the kernel's way: "
			     "use link (or auto)");
	if (rc >= 0)
		rc = check_others(s, err);
	if (rc >= 0)
		rc = choose_mac(s, cfg, err);
	if (rc < 0)
		return rc;
	memcpy(s->path.mac, s->neigh.mac, sizeof s->path.mac);
	return cfg->skip_probe ? 0 : tc_neigh_probe(&s->neigh, &s->path, err);
}

/* A spare address listens where its subnet is. To whom, is learnt from who comes: for that
 * a bare session's owner looks at the frames. */
static int listen_spare(struct tc_session *s, const struct tc_session_config *cfg,
			struct tc_error *err)
{
	int rc = tc_path_find(&s->path, &cfg->source, NULL, cfg->ifname, err);

	if (rc < 0)
		return rc;
	s->addr[0].scope = 0;	/* what comes does not say its own */
	s->path.src = s->addr[0];
	s->path.src_is_ours = false;
	rc = open_spare(s, cfg, err);
	s->path.dst = (struct tc_addr){ 0 };
	s->path.resolved = true;
	return rc;
}

/* Any interface, and the kernel finds the way back: peers may come from anywhere. To those of
 * a link (RFC 4007 6) it leads over that one alone. */
static int listen_path(struct tc_session *s, const struct tc_session_config *cfg,
		       struct tc_error *err)
{
	uint8_t family = tc_addr_is_none(&cfg->source) ? cfg->family : cfg->source.family;
	int rc = tc_interface_check_family(family, "cannot listen on ",
					   tc_addr_is_none(&cfg->source) ? "IPv6 alone" :
					   TC_HOST(&cfg->source), err);

	if (rc < 0)
		return rc;
	if (!tc_addr_is_none(&cfg->source)) {
		bool found;

		rc = tc_path_find(&s->path, &cfg->source, &cfg->source, NULL, err);
		found = rc >= 0;
		/* no address without its interface, or not good to use */
		if (rc == -EINVAL || rc == -EADDRINUSE || rc == -EADDRNOTAVAIL || rc == -EINTR)
			return rc;
		if (found && !s->path.local && cfg->no_stack && s->path.ethernet &&
		    tc_addr_is_none(&s->path.gateway))
			return listen_spare(s, cfg, err);
		if (!found || !s->path.local)
			return tc_fail(err, -EADDRNOTAVAIL, "%s is not an address of this host: "
				       "ip address lists them", TC_HOST(&cfg->source));
	}
	s->path = (struct tc_path){ .src = cfg->source, .mtu = LISTEN_MTU,
				    .ifindex = (int)cfg->source.scope,
				    .src_is_ours = true, .resolved = true };
	if (s->path.ifindex && !if_indextoname(cfg->source.scope, s->path.ifname))
		return tc_fail(err, -ENODEV, "interface %u, of %s, is gone: ip link lists them",
			       cfg->source.scope, TC_HOST(&cfg->source));
	if (!s->path.ifindex)
		snprintf(s->path.ifname, sizeof s->path.ifname, "%s",
			 cfg->ifname ? cfg->ifname : ANY);
	return check_others(s, err);
}

/* A client that hears on all interfaces: the kernel finds the way out, as it does for one
 * that listens. On this host there is but one. */
static int path_of_any(struct tc_session *s, const struct tc_session_config *cfg,
		       struct tc_error *err)
{
	int rc = tc_path_find(&s->path, &cfg->dst, &cfg->source, NULL, err);

	if (rc < 0 || s->path.local)
		return rc;
	s->path.ifindex = 0;
	s->path.ethernet = false;
	s->path.resolved = true;
	snprintf(s->path.ifname, sizeof s->path.ifname, ANY);
	return 0;
}

static int find_path(struct tc_session *s, const struct tc_session_config *cfg,
		     struct tc_error *err)
{
	bool any = cfg->ifname && strcmp(cfg->ifname, ANY) == 0;
	int rc = any ? path_of_any(s, cfg, err) :
		       tc_path_find(&s->path, &cfg->dst, &cfg->source, cfg->ifname, err);

	if (rc < 0 || !s->path.local || !cfg->dst.scope)
		return rc;
	/* It would go over lo, on which such an address is another (RFC 4007 6). */
	return tc_fail(err, -ENETUNREACH, "%s is this host's own: over a link-local address others "
		       "are reached; ::1 is this host", TC_HOST(&cfg->dst));
}

/* All addresses of the device, where none was named. */
static int vlan_listens(struct tc_session *s, const struct tc_session_config *cfg,
			struct tc_error *err)
{
	int n;

	if (!tc_addr_is_none(&cfg->source))
		return 0;
	n = tc_path_device_addrs(&s->path, cfg->family, s->addr, TC_SESSION_DEVICE_ADDRS, err);
	if (n > 0)
		s->n_own = (unsigned)n;
	return n;
}

static int check_target(const struct tc_session *s, const struct tc_session_config *cfg,
			struct tc_error *err)
{
	char dst[TC_ADDR_STRING];

	tc_addr_string(&s->path.dst, dst);
	if (!cfg->authorized && !tc_path_is_free_target(&s->path))
		return tc_fail(err, -EACCES, "%s is neither this host nor in a private range:"
			       " add --authorized if you may test it", dst);
	if (s->path.many && !cfg->no_stack)
		return tc_fail(err, -EINVAL, "%s is an address of many hosts, a connection is "
			       "between two (RFC 9293 3.9.2.3): send makes packets to it", dst);
	return 0;
}

/* In a VLAN all our addresses are spare ones: there is nobody else who answers for them. A
 * listener hears there alone, and learns from who comes where the way back is. */
static int vlan_path(struct tc_session *s, const struct tc_session_config *cfg,
		     struct tc_error *err)
{
	const struct tc_addr none = { 0 };
	int rc = tc_path_find_vlan(&s->path, &cfg->vlan, cfg->listen ? &none : &cfg->dst,
				   &cfg->source, cfg->ifname, err);

	if (rc < 0)
		return rc;
	s->addr[0] = s->path.src;
	rc = cfg->listen ? vlan_listens(s, cfg, err) : check_target(s, cfg, err);
	if (rc >= 0)
		rc = open_spare(s, cfg, err);
	s->path.resolved |= cfg->listen;
	return rc < 0 ? rc : tc_path_resolve(&s->path, RESOLVE_NS, err);
}

/* What comes does not say its scope, so ours have none from here on: the path has the link. */
static int listen_somewhere(struct tc_session *s, const struct tc_session_config *cfg,
			    struct tc_error *err)
{
	int rc = listen_path(s, cfg, err);

	for (unsigned i = 0; i < s->n_own; i++)
		s->addr[i].scope = 0;
	s->path.src.scope = 0;
	return rc;
}

int tc_session_open_path(struct tc_session *s, const struct tc_session_config *cfg,
		     struct tc_error *err)
{
	int rc;

	if (cfg->vlan.n)
		return vlan_path(s, cfg, err);
	if (cfg->listen)
		return listen_somewhere(s, cfg, err);
	rc = find_path(s, cfg, err);
	if (rc >= 0)
		rc = check_target(s, cfg, err);
	if (rc < 0)
		return rc;
	s->addr[0] = s->path.src;
	rc = s->path.src_is_ours ? check_others(s, err) : open_spare(s, cfg, err);
	return rc < 0 ? rc : tc_path_resolve(&s->path, RESOLVE_NS, err);
}
