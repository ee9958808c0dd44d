package org.bgpannouncer.doctor;

/** What is examined is no machine of the site. */
public final class NoSuchMachineException extends Exception {
  private static final long serialVersionUID = 1;

  NoSuchMachineException(String found) {
    super(found);
  }
}
