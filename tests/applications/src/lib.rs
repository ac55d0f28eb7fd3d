//! Applications that others have built with Django Channels REST Framework: each module has the handlers of one
//! definition of this directory, and a function `service`.
//!
//! The tests speak with these services as the front ends of the applications do.

pub mod boards;
pub mod brand_chat;
pub mod buses;
pub mod car_market;
pub mod case_dashboard;
pub mod chat_groups;
pub mod comment_tree;
pub mod contest;
pub mod food_delivery;
pub mod live_analytics;
pub mod members;
pub mod outings;
pub mod signage;
pub mod transcription;

mod frames;
mod users;
