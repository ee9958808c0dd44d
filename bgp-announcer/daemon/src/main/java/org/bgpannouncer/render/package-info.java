/**
 * Writes down what the machines of a site have to be told, from its site file: templates are data
 * in bird-templates/. Pure but for reading the templates.
 */
@NullMarked
package org.bgpannouncer.render;

import org.jspecify.annotations.NullMarked;
