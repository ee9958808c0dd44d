/**
 * The configuration file: YAML in, validated values out. Every problem of a file is found at once
 * and says where it stands; nothing is silently corrected, and nothing here touches the network.
 */
@NullMarked
package org.bgpannouncer.config;

import org.jspecify.annotations.NullMarked;
