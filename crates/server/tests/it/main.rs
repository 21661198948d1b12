//! The server from outside: the built binary over real sockets, or the library in process where a test needs its own
//! routes. One binary, so that it links once.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod extension;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod own_routes;
#[cfg(test)]
mod quickstart;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transport;
