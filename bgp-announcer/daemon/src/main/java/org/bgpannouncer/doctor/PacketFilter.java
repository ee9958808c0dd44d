package org.bgpannouncer.doctor;

import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.bgpannouncer.route.IpAddress;

/**
 * The rules of a machine's packet filters, whichever program has made them, and a packet's way
 * through them: from base chain to base chain in the order of the kernel's hooks, through jumps and
 * gotos. A rule that asks what we cannot know is followed both ways.
 */
final class PacketFilter {
  /** Conntrack comes after the chains before it (NF_IP_PRI_CONNTRACK). */
  private static final int CONNTRACK_PRIORITY = -200;

  /** The kernel's bound (NFT_JUMP_STACK_SIZE). */
  private static final int MAX_DEPTH = 16;

  private static final List<String> INBOUND = List.of("ingress", "prerouting", "input");
  private static final List<String> OUTBOUND = List.of("output", "postrouting");

  private final List<Chain> chains;

  /** An answer that may be unknown. */
  enum Answer {
    YES,
    NO,
    MAYBE;

    static Answer of(boolean yes) {
      return yes ? YES : NO;
    }

    Answer not() {
      return this == MAYBE ? MAYBE : of(this == NO);
    }

    Answer and(Answer other) {
      if (this == NO || other == NO) {
        return NO;
      }
      return this == YES && other == YES ? YES : MAYBE;
    }
  }

  /** Whether a rule is for a packet. */
  @FunctionalInterface
  interface Test {
    /**
     * Asks.
     *
     * @param mark the packet's mark; empty: not known
     */
    Answer of(Packet packet, Optional<Long> mark);
  }

  /** A part of a rule, after the other. */
  sealed interface Step {
    /** Goes on if the packet fits. */
    record If(Test test) implements Step {}

    /** Keeps conntrack off. */
    record Untrack() implements Step {}

    /** Makes the packet's MSS option at most so large. */
    record Clamp(int mss) implements Step {}

    /** Marks it; empty: with we do not know what. */
    record Mark(Optional<Long> value) implements Step {}

    /** Gives it another source, and leaves the chain; empty: one we cannot know. */
    record Translate(Optional<IpAddress> source) implements Step {}

    /** Is the end of the chain, or of all. */
    record Stop(End end) implements Step {}

    /** Goes on in another chain. */
    record Go(String chain, boolean returns) implements Step {}
  }

  /** How it ends for a packet. */
  enum End {
    /** Through this base chain. */
    ACCEPT,
    /** Back to where it was jumped from. */
    RETURN,
    /** Dropped, or answered by ICMP, which TCP bears. */
    DROP,
    /** Answered by a TCP reset. */
    RESET,
    /** To another address, a queue, a proxy. */
    DIVERT
  }

  /** What comes after a rule, or a chain. */
  private enum Way {
    NEXT,
    RETURN,
    ACCEPT,
    GONE
  }

  /**
   * A rule.
   *
   * @param name as a finding calls it
   */
  record Rule(String name, List<Step> steps) {
    Rule {
      steps = List.copyOf(steps);
    }
  }

  /**
   * Where a base chain is hung in.
   *
   * @param translates whether it is of type nat
   * @param drops whether that is its policy
   */
  record Hook(String name, int priority, boolean translates, boolean drops) {}

  /**
   * A chain.
   *
   * @param table its family and table: jumps stay inside
   * @param hook empty where it is only jumped to
   */
  record Chain(String table, String name, Optional<Hook> hook, List<Rule> rules) {
    Chain {
      rules = List.copyOf(rules);
    }

    private boolean sees(Packet packet) {
      String family = table.substring(0, table.indexOf(' '));
      return switch (family) {
        case "inet", "netdev" -> true;
        case "ip", "iptables", "iptables-legacy" -> packet.isIpv4();
        case "ip6", "ip6tables", "ip6tables-legacy" -> !packet.isIpv4();
        default -> false;
      };
    }
  }

  /**
   * What became of a packet. Several ends, where a rule was followed both ways.
   *
   * @param ends how it may have ended: {@link End#ACCEPT} if it went through
   * @param by who has ended it
   * @param untracked whether conntrack was kept off
   * @param mss the smallest that it was clamped to
   * @param sources what it may have been translated to, and by which rules
   * @param doubts the rules that were followed both ways
   */
  record Passage(
      Set<End> ends,
      List<String> by,
      Answer untracked,
      Optional<Integer> mss,
      Map<String, Optional<IpAddress>> sources,
      List<String> doubts) {
    Passage {
      ends = Set.copyOf(ends);
      sources = Map.copyOf(sources);
    }

    /** How it ended; empty where that is in doubt. */
    Optional<End> end() {
      return ends.size() == 1 && untracked != Answer.MAYBE
          ? ends.stream().findFirst()
          : Optional.empty();
    }
  }

  PacketFilter(List<Chain> chains) {
    this.chains = List.copyOf(chains);
  }

  /** Without the tables that {@code which} names. */
  PacketFilter without(Predicate<String> which) {
    return new PacketFilter(chains.stream().filter(c -> !which.test(c.table())).toList());
  }

  /** Sends a packet through. */
  Passage pass(Packet packet) {
    return new Walk(packet).go();
  }

  private final class Walk {
    private final Packet whole;
    private Packet packet;
    private boolean conntrackIsPassed;
    private Optional<Long> mark = Optional.of(0L);
    private Answer untracked = Answer.NO;
    private Optional<Integer> mss = Optional.empty();
    private final Set<End> ends = EnumSet.noneOf(End.class);
    private final Set<String> by = new LinkedHashSet<>();
    private final Map<String, Optional<IpAddress>> sources = new LinkedHashMap<>();
    private final Set<String> doubts = new LinkedHashSet<>();

    /** Whether each packet like this one that is still there comes here. */
    private boolean sure = true;

    Walk(Packet packet) {
      this.whole = packet;
      // Who asks before conntrack has seen a packet is told that it is invalid (nft_ct_get_eval).
      this.packet = packet.withState(Packet.INVALID);
    }

    Passage go() {
      boolean alive = true;
      for (String hook : whole.in().isPresent() ? INBOUND : OUTBOUND) {
        for (Chain chain : at(hook)) {
          alive = alive && base(chain, chain.hook().orElseThrow());
        }
      }
      if (alive) {
        ends.add(End.ACCEPT);
      }
      return new Passage(ends, List.copyOf(by), untracked, mss, sources, List.copyOf(doubts));
    }

    private List<Chain> at(String hook) {
      return chains.stream()
          .filter(chain -> chain.hook().filter(h -> h.name().equals(hook)).isPresent())
          .filter(chain -> chain.sees(whole))
          .sorted(Comparator.comparingInt(chain -> chain.hook().orElseThrow().priority()))
          .toList();
    }

    /** Whether it may come through. */
    private boolean base(Chain chain, Hook hook) {
      if (!conntrackIsPassed
          && !hook.name().equals("ingress")
          && hook.priority() > CONNTRACK_PRIORITY) {
        conntrackIsPassed = true;
        packet = untracked == Answer.YES ? whole.withState(Packet.UNTRACKED) : whole;
      }
      // Addresses are translated once, and for the first packet of what is tracked.
      if (hook.translates() && (!packet.state().equals(Packet.NEW) || !sources.isEmpty())) {
        return true;
      }
      Set<Way> ways = walk(chain, 0);
      boolean returns = ways.contains(Way.RETURN);
      if (returns && hook.drops()) {
        ends.add(End.DROP);
        by.add(chain.table() + " " + chain.name() + " policy");
      }
      return ways.contains(Way.ACCEPT) || (returns && !hook.drops());
    }

    private Set<Way> walk(Chain chain, int depth) {
      boolean before = sure;
      Set<Way> ways = EnumSet.noneOf(Way.class);
      boolean ended = false;
      for (Rule rule : chain.rules()) {
        Set<Way> here = meet(rule, chain, depth);
        boolean goesOn = here.remove(Way.NEXT);
        ways.addAll(here);
        if (!goesOn) {
          ended = true;
          break;
        }
        if (!here.isEmpty()) {
          doubts.add(rule.name());
        }
        sure &= !here.contains(Way.ACCEPT) && !here.contains(Way.RETURN);
      }
      if (!ended) {
        ways.add(Way.RETURN);
      }
      sure = before;
      return ways;
    }

    private Set<Way> meet(Rule rule, Chain chain, int depth) {
      boolean before = sure;
      Set<Way> ways = EnumSet.noneOf(Way.class);
      for (Step step : rule.steps()) {
        if (step instanceof Step.If condition) {
          Answer answer = condition.test().of(packet, mark);
          if (answer != Answer.YES) {
            ways.add(Way.NEXT);
            sure = false;
          }
          if (answer == Answer.NO) {
            sure = before;
            return ways;
          }
        } else if (step instanceof Step.Go go) {
          Set<Way> inner = follow(go.chain(), chain, depth, rule);
          if (go.returns() && inner.remove(Way.RETURN)) {
            inner.add(Way.NEXT);
          }
          ways.addAll(inner);
          sure = before;
          return ways;
        } else if (step instanceof Step.Stop stop) {
          ways.add(stop(stop.end(), rule));
          sure = before;
          return ways;
        } else if (step instanceof Step.Translate translate) {
          translate(translate.source(), rule);
          ways.add(Way.ACCEPT);
          sure = before;
          return ways;
        } else {
          change(step, rule);
        }
      }
      ways.add(Way.NEXT);
      sure = before;
      return ways;
    }

    private Set<Way> follow(String name, Chain from, int depth, Rule rule) {
      Optional<Chain> target =
          chains.stream()
              .filter(each -> each.table().equals(from.table()) && each.name().equals(name))
              .findFirst();
      if (target.isEmpty() || depth == MAX_DEPTH) {
        doubts.add(rule.name());
        return EnumSet.of(Way.RETURN, Way.ACCEPT, Way.GONE);
      }
      return walk(target.get(), depth + 1);
    }

    private Way stop(End end, Rule rule) {
      if (end == End.ACCEPT) {
        return Way.ACCEPT;
      }
      if (end == End.RETURN) {
        return Way.RETURN;
      }
      ends.add(end);
      by.add(rule.name());
      return Way.GONE;
    }

    private void translate(Optional<IpAddress> source, Rule rule) {
      sources.put(rule.name(), sure ? source : Optional.empty());
    }

    private void change(Step step, Rule rule) {
      if (step instanceof Step.Clamp clamp && sure) {
        mss = Optional.of(Math.min(clamp.mss(), mss.orElse(Integer.MAX_VALUE)));
      } else if (step instanceof Step.Mark set) {
        mark = sure ? set.value() : Optional.empty();
      } else if (step instanceof Step.Untrack && !conntrackIsPassed) {
        if (!sure) {
          doubts.add(rule.name());
        }
        untracked = sure || untracked == Answer.YES ? Answer.YES : Answer.MAYBE;
      }
    }
  }
}
