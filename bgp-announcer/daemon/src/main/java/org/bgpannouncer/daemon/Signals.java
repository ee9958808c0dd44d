package org.bgpannouncer.daemon;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process's signals; handlers run on a thread of the JVM's and must return soon. */
public final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /** Runs {@code handler} when the process gets that signal, until what is returned is run. */
  // sun.misc.Signal (module jdk.unsupported) is the JDK's only way to hear SIGHUP, and a shutdown
  // hook cannot set the exit code. By reflection, because javac warns of it beyond suppression.
  public static Runnable on(String name, Runnable handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> listener = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              listener.getClassLoader(),
              new Class<?>[] {listener},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  handler.run();
                  return null;
                }
                return switch (method.getName()) {
                  case "hashCode" -> System.identityHashCode(self);
                  case "equals" -> self == arguments[0];
                  default -> "handler of SIG" + name;
                };
              });
      Method handle = signal.getMethod("handle", signal, listener);
      Object which = signal.getConstructor(String.class).newInstance(name);
      Object previous = handle.invoke(null, which, proxy);
      return () -> putBack(handle, which, previous);
    } catch (ReflectiveOperationException e) {
      LOG.warn("SIG{} is not handled: the JVM's own action stands", name, e);
      return () -> {};
    }
  }

  private static void putBack(Method handle, Object signal, Object handler) {
    try {
      handle.invoke(null, signal, handler);
    } catch (ReflectiveOperationException e) {
      LOG.warn("signal {} is still handled", signal, e);
    }
  }
}
