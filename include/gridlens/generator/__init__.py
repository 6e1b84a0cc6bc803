"""Jobs that never ran: engines that learn a workload, draw from it, and are judged."""
