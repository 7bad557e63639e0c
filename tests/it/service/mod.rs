//! The whole program, started as a user starts it: the service over HTTP, its pages in a browser, the commands in a terminal.

mod answers;
mod bad_input;
mod cached;
mod chat;
mod commands;
mod desk;
mod eval;
mod help_centre;
mod mail;
mod operation;
mod page;
mod restarts;
mod roles;
mod shipped;
mod talk;
mod watching;
mod written;

// `certify.rs` (the certificate fails on planted misses) and `story.rs` (the customer's story on both databases) stand here and are not yet
// part of the tests: neither has been run to its end. Add `mod certify; mod story;` and do that first.
