//! From the resolved program to the files of a crate. Total: nothing here can fail because of user input.

mod docs;
mod rust;
mod sql;
mod ts;

pub use rust::scaffold;

use crate::config::Config;
use crate::evolve::Evolution;
use crate::ir::Api;
use crate::output::Plan;

/// Every file of the generated crate, with the client below it where that is wanted.
///
/// `evolution` is the way from the tables of earlier runs to those of the definition: applied migrations are never
/// changed, so a changed table gives one more.
pub fn emit(api: &Api, config: &Config, evolution: &Evolution) -> Plan {
    let mut plan = Plan::default();
    let migrations = sql::emit(api, evolution, &mut plan);
    rust::emit(api, config, &migrations, &mut plan);
    if config.client {
        ts::emit(api, "client/", &mut plan);
    }
    plan
}

/// Every file of the TypeScript client, as a package of its own.
pub fn client(api: &Api) -> Plan {
    let mut plan = Plan::default();
    ts::emit(api, "", &mut plan);
    plan
}
