//! SQL of the base and its settings.

use rusqlite::params;

use crate::domain::Base;
use crate::domain::issuer::Issuer;
use crate::domain::settings::{SettingName, Settings};
use crate::store::base::{BaseReads, BaseWrites};
use crate::store::error::StoreError;
use crate::store::transactions::ReadTx as _;

use crate::store::sqlite::connection::transaction::SqliteTx;
use crate::store::sqlite::query::rows;

impl BaseReads for SqliteTx<'_> {
    fn base(&self) -> Result<Base, StoreError> {
        self.only("SELECT store_id, name, environment, created_at FROM base", [], |row| {
            Ok(Base {
                store_id: row.value()?,
                name: row.text()?,
                environment: row.text()?,
                created_at: row.time()?,
            })
        })
    }

    fn settings(&self) -> Result<Settings, StoreError> {
        if let Some(read) = self.settings.borrow().as_ref() {
            return Ok(read.clone());
        }
        let stored = self.rows("SELECT name, value FROM settings", [], |row| {
            Ok((row.value::<String>()?, row.value::<String>()?))
        })?;
        let damaged = |what: &str| self.damaged(&format!("the stored setting {what} cannot be read"));
        let issuer = stored.iter().find(|(name, _)| name == SettingName::Issuer.as_str());
        let issuer = issuer.and_then(|(_, value)| value.parse().ok()).ok_or_else(|| damaged("issuer"))?;
        let mut settings = Settings::initial(issuer);
        for (name, value) in &stored {
            // A later version with the same schema may have settings that this one does not know.
            if let Some(name) = SettingName::from_word(name) {
                settings.read(name, value).map_err(|_| damaged(name.as_str()))?;
            }
        }
        *self.settings.borrow_mut() = Some(settings.clone());
        Ok(settings)
    }

    fn issuer(&self) -> Result<Issuer, StoreError> {
        let sql = "SELECT value FROM settings WHERE name = ?1";
        self.only(sql, [SettingName::Issuer.as_str()], rows::text)
    }
}

impl BaseWrites for SqliteTx<'_> {
    fn set_setting(&mut self, name: SettingName, value: &str) -> Result<(), StoreError> {
        self.settings.take();
        self.execute(
            "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name.as_str(), value],
        )?;
        Ok(())
    }
}
