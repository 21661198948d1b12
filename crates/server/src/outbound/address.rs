//! Which addresses are those of the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// IANA's IPv4 special-purpose registry (RFC 6890), multicast and the reserved rest.
const SPECIAL_V4: &[Network] = &[
    Network::v4(0, 0, 0, 8),       // this network; 0.0.0.0 is the machine itself
    Network::v4(10, 0, 0, 8),      // private
    Network::v4(100, 64, 0, 10),   // carrier-grade NAT
    Network::v4(127, 0, 0, 8),     // loopback
    Network::v4(169, 254, 0, 16),  // link-local; clouds serve credentials there
    Network::v4(172, 16, 0, 12),   // private
    Network::v4(192, 0, 0, 24),    // IETF protocols
    Network::v4(192, 0, 2, 24),    // documentation
    Network::v4(192, 31, 196, 24), // AS112
    Network::v4(192, 52, 193, 24), // AMT
    Network::v4(192, 88, 99, 24),  // 6to4 relays
    Network::v4(192, 168, 0, 16),  // private
    Network::v4(192, 175, 48, 24), // AS112
    Network::v4(198, 18, 0, 15),   // benchmarks
    Network::v4(198, 51, 100, 24), // documentation
    Network::v4(203, 0, 113, 24),  // documentation
    Network::v4(224, 0, 0, 3),     // multicast, reserved, broadcast
];

/// All that is global unicast in IPv6; everything else is special.
const GLOBAL_V6: Network = Network::v6([0x2000, 0, 0, 0], 3);

/// What is special within it (IANA's IPv6 special-purpose registry).
const SPECIAL_V6: &[Network] = &[
    Network::v6([0x2001, 0, 0, 0], 23),     // IETF protocols: Teredo, benchmarks, ORCHID
    Network::v6([0x2001, 0xdb8, 0, 0], 32), // documentation
    Network::v6([0x2002, 0, 0, 0], 16),     // 6to4, which leads to an IPv4 address
    Network::v6([0x2620, 0x4f, 0x8000, 0], 48), // AS112
    Network::v6([0x3fff, 0, 0, 0], 20),     // documentation
];

/// Whether an address belongs to the public internet; an IPv6 address that stands for an IPv4 one is judged as that.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|network| network.contains(address.into())),
        IpAddr::V6(address) => {
            if let Some(address) = translated(address) {
                return is_public(address.into());
            }
            let address = IpAddr::V6(address);
            GLOBAL_V6.contains(address) && !SPECIAL_V6.iter().any(|network| network.contains(address))
        }
    }
}

/// The IPv4 address behind the well-known prefix of NAT64, `64:ff9b::/96` (RFC 6052 §2.1).
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I-16.
    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for (public, addresses) in [
            (true, ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1"].as_slice()),
            (true, &["169.253.1.1", "192.0.1.1", "198.17.1.1", "198.20.0.1", "223.255.255.255", "11.0.0.0"]),
            (true, &["2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2001:200::1", "3ffe::1"]),
            (true, &["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]),
            (false, &["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255"]),
            (false, &["127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255"]),
            (false, &["192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"]),
            (false, &["198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"]),
            (false, &["192.31.196.1", "192.52.193.1", "192.175.48.1"]),
            (false, &["::", "::1", "::127.0.0.1", "::8.8.8.8", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd12::1"]),
            (false, &["ff02::1", "ff0e::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1"]),
            (false, &["2002:7f00:1::", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "5f00::1", "4000::1"]),
            (false, &["::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::ffff:0:8.8.8.8"]),
            (false, &["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8"]),
        ] {
            for address in addresses {
                assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
            }
        }
    }
}
