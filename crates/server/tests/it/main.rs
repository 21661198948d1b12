//! The server from outside: the built binary over real sockets, or the library in process where a test needs its own
//! routes. One binary, so that it links once.

#[cfg(test)]
mod account_sign_ins;
#[cfg(test)]
mod address_attacks;
#[cfg(test)]
mod admin_access;
#[cfg(test)]
mod admin_accounts;
#[cfg(test)]
mod admin_companies;
#[cfg(test)]
mod admin_connection_end;
#[cfg(test)]
mod admin_connections;
#[cfg(test)]
mod admin_directory_users;
#[cfg(test)]
mod admin_domains;
#[cfg(test)]
mod admin_invitations;
#[cfg(test)]
mod admin_members;
#[cfg(test)]
mod admin_organizations;
#[cfg(test)]
mod admin_policy;
#[cfg(test)]
mod admin_records;
#[cfg(test)]
mod admin_teams;
#[cfg(test)]
mod admin_tokens;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod backups;
#[cfg(test)]
mod black_box;
#[cfg(test)]
mod brake;
#[cfg(test)]
mod brake_commands;
#[cfg(test)]
mod brake_neighbours;
#[cfg(test)]
mod braking;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod dns;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod domain_commands;
#[cfg(test)]
mod domains;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod extension;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod foreign_addresses;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod housekeeping;
#[cfg(test)]
mod id_tokens;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod if_match;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod letter_bounds;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod letters_on_the_way;
#[cfg(test)]
mod mail_command;
#[cfg(test)]
mod mail_server;
#[cfg(test)]
mod mapped_teams;
#[cfg(test)]
mod mapped_teams_model;
#[cfg(test)]
mod migration;
#[cfg(test)]
mod null_characters;
#[cfg(test)]
mod open_api;
#[cfg(test)]
mod openid_provider;
#[cfg(test)]
mod own_routes;
#[cfg(test)]
mod placements;
#[cfg(test)]
mod plan_commands;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod plans_at_once;
#[cfg(test)]
mod plans_model;
#[cfg(test)]
mod plans_people;
#[cfg(test)]
mod plans_sessions;
#[cfg(test)]
mod provider_keys;
#[cfg(test)]
mod pushes;
#[cfg(test)]
mod quickstart;
#[cfg(test)]
mod races;
#[cfg(test)]
mod rehearsals;
#[cfg(test)]
mod saml;
#[cfg(test)]
mod saml_attacks;
#[cfg(test)]
mod saml_provider;
#[cfg(test)]
mod saml_refusals;
#[cfg(test)]
mod saml_scene;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod site;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod two_companies;
#[cfg(test)]
mod webhook_commands;
#[cfg(test)]
mod webhook_events;
#[cfg(test)]
mod webhook_receiver;
#[cfg(test)]
mod webhook_retries;
#[cfg(test)]
mod webhooks;
