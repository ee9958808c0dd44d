package org.bgpannouncer.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends every log line to stderr. Found by logback through its service file, so that no XML is
 * parsed at start, and nothing is printed to stdout even by a program that never calls {@link
 * #format}.
 */
public final class StderrLog extends ContextAwareBase implements Configurator {
  /** For logback. */
  public StderrLog() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    install(context, LogFormat.TEXT);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Switches the format for the whole process. */
  public static void format(LogFormat format) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      install(context, format);
    }
  }

  private static void install(LoggerContext context, LogFormat format) {
    EncoderBase<ILoggingEvent> encoder =
        switch (format) {
          case TEXT -> new TextEncoder();
          case JSON -> new JsonEncoder();
        };
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(stderr);
    root.setLevel(Level.INFO);
    context.getLogger("io.netty").setLevel(Level.WARN);
  }
}
