"""When: schedules, retries and pools; one call into gridlens.pipelines a task."""
