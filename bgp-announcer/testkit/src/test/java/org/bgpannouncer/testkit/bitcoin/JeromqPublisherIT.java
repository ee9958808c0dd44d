package org.bgpannouncer.testkit.bitcoin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** A second implementation that we did not write; it still speaks ZMTP 3.0. */
final class JeromqPublisherIT extends ZmqPublisherContract {
  @Override
  ZmqPublisher open() {
    ZContext context = new ZContext();
    ZMQ.Socket socket = context.createSocket(SocketType.PUB);
    socket.setLinger(0);
    int port = socket.bindToRandomPort("tcp://127.0.0.1");
    return new ScriptedPublisher() {
      @Override
      public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      }

      @Override
      public synchronized void publish(String topic, byte[] body, int counter) {
        socket.sendMore(topic);
        socket.sendMore(body);
        socket.send(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(counter).array());
      }

      @Override
      public synchronized void close() {
        context.close();
      }
    };
  }

  @Override
  boolean speaks31() {
    return false;
  }

  @Test
  void theProbeReadsBlocksOfFourMegabytesGapsAndRestarts() {
    readsBlocksOfFourMegabytesGapsAndRestarts((ScriptedPublisher) publisher);
  }
}
