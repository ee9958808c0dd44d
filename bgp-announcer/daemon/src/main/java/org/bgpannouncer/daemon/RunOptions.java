package org.bgpannouncer.daemon;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How to run.
 *
 * @param config the configuration file
 * @param site which site of it; not needed when there is only one
 * @param dryRun send nothing, whatever the file says
 * @param handover leave the routes at SIGTERM instead of withdrawing them
 */
public record RunOptions(Path config, Optional<String> site, boolean dryRun, boolean handover) {}
