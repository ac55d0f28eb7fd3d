//! What this server does better than the recorded one, defect by defect.
