//! The patients of a ward: each write of a report adds a row to its history, in the same transaction.

use case_dashboard::models::{
    HistoricalReport, HistoricalReportHistoryType, NewHistoricalReport, Patient, Report,
};
use case_dashboard::serializers::{ReportCreate, ReportPatch, ReportUpdate};
use case_dashboard::{HistoryHandler, PatientHandler, ReportHandler};
use dcrf_runtime::{Context, Model as _, Notice, Result, RowEvent, Service, mixins};

use crate::frames::changed;
use crate::users::tokens;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service.
pub fn service() -> Service {
    case_dashboard::service(App).authenticator(tokens())
}

impl PatientHandler for App {
    async fn patient_change_message(&self, event: RowEvent<Patient>) -> Result<Notice> {
        changed(event)
    }
}

impl HistoryHandler for App {
    async fn history_change_message(&self, event: RowEvent<HistoricalReport>) -> Result<Notice> {
        changed(event)
    }
}

impl ReportHandler for App {
    async fn patient_name(&self, ctx: &Context, row: &Report) -> Result<String> {
        let Patient { first_name, last_name, .. } = Patient::objects(ctx.db()).get(row.patient).await?;
        Ok(format!("{first_name} {last_name}"))
    }

    async fn history(&self, ctx: &Context, row: &Report) -> Result<Vec<HistoricalReport>> {
        let of_report = HistoricalReport::ID.eq(row.id);
        HistoricalReport::objects(ctx.db()).filter(of_report).reverse().list().await
    }

    async fn create(&self, ctx: &Context, data: ReportCreate) -> Result<Report> {
        remember(ctx, mixins::create(ctx, data).await?, HistoricalReportHistoryType::Plus).await
    }

    async fn update(&self, ctx: &Context, row: Report, data: ReportUpdate) -> Result<Report> {
        remember(ctx, mixins::update(ctx, row, data).await?, HistoricalReportHistoryType::Tilde).await
    }

    async fn patch(&self, ctx: &Context, row: Report, data: ReportPatch) -> Result<Report> {
        remember(ctx, mixins::patch(ctx, row, data).await?, HistoricalReportHistoryType::Tilde).await
    }

    async fn delete(&self, ctx: &Context, row: Report) -> Result<()> {
        let row = remember(ctx, row, HistoricalReportHistoryType::Minus).await?;
        mixins::delete(ctx, row).await
    }
}

/// Adds a report to its history.
async fn remember(
    ctx: &Context,
    report: Report,
    history_type: HistoricalReportHistoryType,
) -> Result<Report> {
    let Report { id, patient, daytime, fever, pulse, platelet, status, changed_by } = report.clone();
    let daytime = Some(daytime);
    let entry = NewHistoricalReport {
        id,
        patient,
        daytime,
        fever,
        pulse,
        platelet,
        status,
        changed_by,
        history_type,
    };
    HistoricalReport::objects(ctx.db()).create(entry).await?;
    Ok(report)
}
