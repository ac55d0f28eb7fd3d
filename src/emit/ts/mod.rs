//! The TypeScript client, for browsers and Node. Its texts are templates over finished views; the part that is the same
//! for every definition is copied.

mod compound;
mod consumer;
mod data;
mod descriptor;
mod docs;
mod file;
mod imports;
mod interface;
mod items;
mod link;
mod live;
mod maker;
mod method;
mod names;
mod observer;
mod order;
mod package;
mod pattern;
mod serializer;
mod structure;
mod ty;
mod validators;

use crate::ir::{Api, Home};
use crate::output::Plan;
use names::Names;

/// The part of every client that does not depend on the definition, by its path in the package.
const CORE: &[(&str, &str)] = &[
    ("src/core/address.ts", include_str!("../../../templates/ts/core/address.ts")),
    ("src/core/awake.ts", include_str!("../../../templates/ts/core/awake.ts")),
    ("src/core/client.ts", include_str!("../../../templates/ts/core/client.ts")),
    ("src/core/clock.ts", include_str!("../../../templates/ts/core/clock.ts")),
    ("src/core/closes.ts", include_str!("../../../templates/ts/core/closes.ts")),
    ("src/core/connection.ts", include_str!("../../../templates/ts/core/connection.ts")),
    ("src/core/endpoint.ts", include_str!("../../../templates/ts/core/endpoint.ts")),
    ("src/core/errors.ts", include_str!("../../../templates/ts/core/errors.ts")),
    ("src/core/events.ts", include_str!("../../../templates/ts/core/events.ts")),
    ("src/core/frames.ts", include_str!("../../../templates/ts/core/frames.ts")),
    ("src/core/index.ts", include_str!("../../../templates/ts/core/index.ts")),
    ("src/core/integers.ts", include_str!("../../../templates/ts/core/integers.ts")),
    ("src/core/links.ts", include_str!("../../../templates/ts/core/links.ts")),
    ("src/core/listeners.ts", include_str!("../../../templates/ts/core/listeners.ts")),
    ("src/core/live-view.ts", include_str!("../../../templates/ts/core/live-view.ts")),
    ("src/core/live.ts", include_str!("../../../templates/ts/core/live.ts")),
    ("src/core/optimistic.ts", include_str!("../../../templates/ts/core/optimistic.ts")),
    ("src/core/options.ts", include_str!("../../../templates/ts/core/options.ts")),
    ("src/core/order.ts", include_str!("../../../templates/ts/core/order.ts")),
    ("src/core/pages.ts", include_str!("../../../templates/ts/core/pages.ts")),
    ("src/core/places.ts", include_str!("../../../templates/ts/core/places.ts")),
    ("src/core/presence.ts", include_str!("../../../templates/ts/core/presence.ts")),
    ("src/core/protocol.ts", include_str!("../../../templates/ts/core/protocol.ts")),
    ("src/core/requests.ts", include_str!("../../../templates/ts/core/requests.ts")),
    ("src/core/resume.ts", include_str!("../../../templates/ts/core/resume.ts")),
    ("src/core/rows.ts", include_str!("../../../templates/ts/core/rows.ts")),
    ("src/core/scalars.ts", include_str!("../../../templates/ts/core/scalars.ts")),
    ("src/core/session.ts", include_str!("../../../templates/ts/core/session.ts")),
    ("src/core/snapshot.ts", include_str!("../../../templates/ts/core/snapshot.ts")),
    ("src/core/socket.ts", include_str!("../../../templates/ts/core/socket.ts")),
    ("src/core/states.ts", include_str!("../../../templates/ts/core/states.ts")),
    ("src/core/subscription.ts", include_str!("../../../templates/ts/core/subscription.ts")),
    ("src/core/upload.ts", include_str!("../../../templates/ts/core/upload.ts")),
    ("src/core/view.ts", include_str!("../../../templates/ts/core/view.ts")),
    ("src/react.ts", include_str!("../../../templates/ts/react.ts")),
    ("src/validate/address.ts", include_str!("../../../templates/ts/validate/address.ts")),
    ("src/validate/documents.ts", include_str!("../../../templates/ts/validate/documents.ts")),
    ("src/validate/formats.ts", include_str!("../../../templates/ts/validate/formats.ts")),
    ("src/validate/hostname.ts", include_str!("../../../templates/ts/validate/hostname.ts")),
    ("src/validate/index.ts", include_str!("../../../templates/ts/validate/index.ts")),
    ("src/validate/json.ts", include_str!("../../../templates/ts/validate/json.ts")),
    ("src/validate/keywords.ts", include_str!("../../../templates/ts/validate/keywords.ts")),
    ("src/validate/make.ts", include_str!("../../../templates/ts/validate/make.ts")),
    ("src/validate/number.ts", include_str!("../../../templates/ts/validate/number.ts")),
    ("src/validate/pattern.ts", include_str!("../../../templates/ts/validate/pattern.ts")),
    ("src/validate/problem.ts", include_str!("../../../templates/ts/validate/problem.ts")),
    ("src/validate/run.ts", include_str!("../../../templates/ts/validate/run.ts")),
    ("src/validate/sentences.ts", include_str!("../../../templates/ts/validate/sentences.ts")),
    ("src/validate/standard.ts", include_str!("../../../templates/ts/validate/standard.ts")),
    ("src/validate/typed/calendar.ts", include_str!("../../../templates/ts/validate/typed/calendar.ts")),
    ("src/validate/typed/decimals.ts", include_str!("../../../templates/ts/validate/typed/decimals.ts")),
    ("src/validate/typed/digits.ts", include_str!("../../../templates/ts/validate/typed/digits.ts")),
    ("src/validate/typed/fault.ts", include_str!("../../../templates/ts/validate/typed/fault.ts")),
    ("src/validate/typed/files.ts", include_str!("../../../templates/ts/validate/typed/files.ts")),
    ("src/validate/typed/forms.ts", include_str!("../../../templates/ts/validate/typed/forms.ts")),
    ("src/validate/typed/index.ts", include_str!("../../../templates/ts/validate/typed/index.ts")),
    ("src/validate/typed/kinds.ts", include_str!("../../../templates/ts/validate/typed/kinds.ts")),
    ("src/validate/typed/numbers.ts", include_str!("../../../templates/ts/validate/typed/numbers.ts")),
    ("src/validate/typed/reading.ts", include_str!("../../../templates/ts/validate/typed/reading.ts")),
    ("src/validate/typed/relations.ts", include_str!("../../../templates/ts/validate/typed/relations.ts")),
    ("src/validate/typed/rules.ts", include_str!("../../../templates/ts/validate/typed/rules.ts")),
    ("src/validate/typed/scalars.ts", include_str!("../../../templates/ts/validate/typed/scalars.ts")),
    ("src/validate/typed/shape.ts", include_str!("../../../templates/ts/validate/typed/shape.ts")),
    ("src/validate/typed/strptime.ts", include_str!("../../../templates/ts/validate/typed/strptime.ts")),
    ("src/validate/typed/texts.ts", include_str!("../../../templates/ts/validate/typed/texts.ts")),
    ("src/validate/uri.ts", include_str!("../../../templates/ts/validate/uri.ts")),
];

/// Adds the files of the npm package, below a directory (empty, or ending with `/`).
pub(super) fn emit(api: &Api, directory: &str, plan: &mut Plan) {
    let names = Names::of(api);
    let mut add = |path: &str, text: String| plan.add(format!("{directory}{path}"), text);
    for (path, text) in CORE {
        add(path, (*text).to_owned());
    }
    for (path, text) in package::files(api) {
        add(path, text);
    }
    let mut modules = Vec::new();
    for home in homes(api) {
        let module = names.module(api, home);
        if let Some(text) = items::file(api, &names, home) {
            add(&format!("src/{module}.ts"), text);
            modules.push(module);
        }
    }
    add("src/validate.ts", validators::file(api, &names));
    add("src/index.ts", package::index(api, &names, &modules));
}

/// Returns everything that has its own file, in the order of the definition.
fn homes(api: &Api) -> Vec<Home> {
    let models = api.models.iter().map(|(id, _)| Home::Model(id));
    let serializers = api.serializers.iter().map(|(id, _)| Home::Serializer(id));
    let consumers = api.consumers.iter().map(|(id, _)| Home::Consumer(id));
    models.chain(serializers).chain(consumers).chain([Home::Types]).collect()
}
