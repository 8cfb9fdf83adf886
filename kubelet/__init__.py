"""The node agent: makes this machine run the pods that were assigned to it, and tells the API how they are.

Decisions (pure)            pod_actions, pod_status, pod_phase, status_conditions, container_states, admission,
                            container_config (with environment, security, dns, hosts_file, container_resources, …)
Doing                       pod_workers → pod_sync → container_starter, container_killer, image_manager, volumes/,
                            lifecycle, probes/
Seeing                      pleg, runtime_view, process_watch, object_cache
Telling                     status_manager, node_status, node_lease, pod_events, server/, logs/
The runtime and cgroups     runtime/
As a whole                  agent, options, __main__

State that matters lives in the runtime and in the API. The agent may be killed at any line and started again: it
lists, compares, and goes on; no container notices.
"""
