//! Django's migrations: the server says when it starts what does not fit any more.

use std::fs;
use std::path::Path;

use dcrf_e2e::{App, Database, Server};
use serde_json::json;

use super::django::{Worker, project, python};
use super::{done, hears, path, subscribe};

/// A migration of Django that changes what sockets use: a column with a default, which Django keeps to itself, one with a
/// default of the database, and another name.
const CHANGES: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("product", "weight", models.IntegerField(default=0)),
        migrations.AddField("product", "stock", models.IntegerField(db_default=0)),
        migrations.RenameField("order", "note", "remark"),
    ]
"#;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder can be read") {
        let entry = entry.expect("an entry can be read");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file can be copied");
        }
    }
}

/// What a server says that does not start.
async fn refusal(database: &Database) -> String {
    let output = Server::refuse(App::Shop, database).await;
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_does_not_fit_is_told_at_start() {
    let Some(python) = python() else { return };
    let Some(database) = Database::postgres().await else { return };
    // Django has made no tables yet.
    let text = refusal(&database).await;
    assert!(text.contains("migration 1 (0001_initial): relation \"shop_product\" does not exist"), "{text}");

    let folder = tempfile::tempdir().expect("a folder");
    for name in ["shop", "website"] {
        copy(&project().join(name), &folder.path().join(name));
    }
    let mut django = Worker::start(&python, folder.path(), &database);
    django.run("call_command('migrate', verbosity=0)").await;
    Server::start(App::Shop, &database).await.stop().await;

    fs::write(folder.path().join("shop/migrations/0002_changes.py"), CHANGES).expect("a file");
    django.run("call_command('migrate', verbosity=0)").await;
    let text = refusal(&database).await;
    let expected = "shop: tables do not fit their models:\n\
        - shop_product.weight has to be given in a new row, and the model Product does not have it: rows cannot be \
        created\n\
        - there is no column shop_order.note for Order.note\n";
    assert_eq!(text, expected);

    // The way back of Django is one for the sockets, too.
    django.run("call_command('migrate', 'shop', '0001', verbosity=0)").await;
    Server::start(App::Shop, &database).await.stop().await;
}

const PAGE: &str = include_str!("../../../../../docs/from-django.md");
const MIGRATION: &str = include_str!("../../../../../generated/shop/migrations/postgres/0001_initial.sql");
/// What a database has of ours: tables, functions and triggers.
const TRACES: &str = "SELECT relname FROM pg_class WHERE relname LIKE '%dcrf%' UNION SELECT proname FROM pg_proc WHERE \
                      proname LIKE '%dcrf%' UNION SELECT tgname FROM pg_trigger WHERE tgname LIKE '%dcrf%'";

impl Worker {
    async fn sql(&mut self, sql: &str) {
        self.run(&format!("cursor = connection.cursor(); cursor.execute({})", json!(sql))).await;
    }

    /// Stores a product, of which a subscriber hears.
    async fn is_heard(&mut self, database: &Database) {
        let server = Server::start_with(App::Shop, database, &["--broker", &database.url()]).await;
        let mut socket = server.connect(&path("products", "staff")).await;
        subscribe(&mut socket, "subscribe_to_product_activity", json!({})).await;
        self.run("product = Product.objects.create(name='Assam', price=1)").await;
        let rows = done(&mut server.connect(&path("products", "staff")).await, "list", json!({})).await;
        hears(&mut socket, "create", &rows[0]).await;
        self.run("product.delete()").await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_are_made_again_get_triggers_again_and_the_way_back_leaves_no_traces() {
    let Some(python) = python() else { return };
    let Some(database) = Database::postgres().await else { return };
    let mut django = Worker::start(&python, &project(), &database);
    let migrate = "call_command('migrate', verbosity=0); call_command('demo', verbosity=0); Product.objects.all().delete()";
    django.run(migrate).await;
    django.is_heard(&database).await;

    // As the page says: the steps of the migration that add the triggers.
    django.run("call_command('migrate', 'shop', 'zero', verbosity=0)").await;
    django.run(migrate).await;
    let text = refusal(&database).await;
    assert!(
        text.contains("- shop_product does not have the triggers by which changes of other programs"),
        "{text}"
    );
    let steps = MIGRATION.split("-- dcrf:step ").filter(|step| step.contains(" Notes changes."));
    let mut count = 0;
    for step in steps {
        let (_, statements) = step.split_once('\n').expect("a step has statements");
        django.sql(statements).await;
        count += 1;
    }
    assert_eq!(count, 3, "two tables, and that of a relation");
    django.is_heard(&database).await;

    let (_, sql) = PAGE.split_once("```sql\n").expect("the page has SQL");
    django.sql(sql.split_once("```").expect("it ends").0).await;
    django.sql(TRACES).await;
    assert_eq!(django.value("cursor.fetchall()").await, json!([]));
    django.run("Product.objects.create(name='Without sockets', price=1).delete()").await;
    // And there is a way forth again.
    django.is_heard(&database).await;
}
