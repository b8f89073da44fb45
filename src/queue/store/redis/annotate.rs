//! Progress, log lines and fields of jobs.
//!
//! A line that is stored twice, or an event that is sent twice, would be one too many. So a call that has
//! such leaves a note that it was there, as one that adds jobs does: where its answer is lost it is sent
//! again, and changes nothing where the note is found. To tell it from what jobs hold would not do: the
//! same line may well be logged two times, and several calls may be under way.

use redis::{Cmd, Pipeline};

use super::scripts::SCRIPTS;
use super::{RedisStore, sound_last};
use crate::error::Result;
use crate::queue::events::message;
use crate::queue::job::write_string;
use crate::queue::store::Note;

impl RedisStore {
    pub(super) async fn annotate_jobs(&self, notes: &[(String, Note)]) -> Result<()> {
        let noting = notes.iter().any(|(_, note)| counts(note)).then(|| self.notes.begin());
        let mark = noting.as_ref().map(|noting| {
            self.keys.key(&format!("rekue:noted:{}:{}", self.holder.name, noting.number))
        });
        let mut command = self.script(&SCRIPTS.annotate);
        command.arg(mark.as_deref().unwrap_or("")).arg(self.adding.kept());
        for (id, note) in notes {
            write_note(&mut command, id, note);
        }
        let mut call = Pipeline::with_capacity(2);
        if let Some(removal) = noting.as_ref().and_then(|_| self.notes.removal()) {
            call.add_command(removal);
        }
        call.add_command(command);
        sound_last(self.client.call(&call).await?.values)?;
        if let (Some(noting), Some(mark)) = (noting, mark) {
            noting.spend(mark).await;
        }
        Ok(())
    }
}

/// Whether it makes a difference how often a note is written.
fn counts(note: &Note) -> bool {
    match note {
        Note::Progress { .. } | Note::Log(_) | Note::Error { .. } => true,
        Note::Ttl | Note::Field(..) => false,
    }
}

fn write_note(command: &mut Cmd, id: &str, note: &Note) {
    command.arg(id);
    match note {
        Note::Progress { percent, data } => {
            let event =
                message(id, "progress", &[&percent.to_string(), data.as_deref().unwrap_or("null")]);
            command.arg("p").arg(*percent).arg(data.as_deref().unwrap_or("")).arg(event)
        }
        Note::Log(line) => command.arg("l").arg(line).arg("").arg(""),
        Note::Error { error, summary } => {
            let mut error_json = String::new();
            write_string(error, &mut error_json);
            let event = message(id, "error", &[&error_json]);
            command.arg("e").arg(error).arg(summary).arg(event)
        }
        Note::Ttl => command.arg("t").arg("").arg("").arg(""),
        Note::Field(name, value) => command.arg("s").arg(name).arg(value).arg(""),
    };
}
