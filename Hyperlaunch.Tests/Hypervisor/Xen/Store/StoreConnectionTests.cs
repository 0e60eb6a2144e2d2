using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Hyperlaunch.Hypervisor.Xen.Store;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen.Store;

public sealed unsafe class StoreConnectionTests : IDisposable
{
    private const int RequestConsumer = 2048, RequestProducer = 2052, AnswerConsumer = 2056, AnswerProducer = 2060, Error = 2072;

    private readonly byte* _page = (byte*)NativeMemory.AllocZeroed(4096);
    private readonly XenStore _store = new(2);
    private readonly StoreConnection _connection;
    private readonly List<byte> _received = [];

    public StoreConnectionTests()
    {
        StoreSession session = new(1, true, null);
        _store.TryAdd(session);
        _store.Introduce(session);
        _connection = new StoreConnection(_store, session, _page);
        _connection.Reset();
    }

    public void Dispose() => NativeMemory.Free(_page);

    [Fact]
    public void A_request_is_answered_in_the_ring()
    {
        Assert.True(Send(Message(StoreRequest.Write, 7, "a\0value")));
        Assert.Equal([(StoreRequest.Write, 7u, "OK\0")], Answers());
        Assert.True(Send(Message(StoreRequest.Read, 8, "a\0")));
        Assert.Equal([(StoreRequest.Read, 8u, "value")], Answers());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    public void A_request_may_come_in_pieces(int first)
    {
        byte[] message = Message(StoreRequest.Write, 7, "a\0value");
        Send(message.AsSpan(0, first));
        Assert.Empty(Answers());
        Send(message.AsSpan(first));
        Assert.Single(Answers());
    }

    [Fact]
    public void Many_requests_wrap_around_and_are_answered_in_order()
    {
        for (uint i = 0; i < 500; i++)
        {
            byte[] two = [.. Message(StoreRequest.Write, i, $"a\0{i}"), .. Message(StoreRequest.Read, i, "a\0")];
            Send(two);
            Assert.Equal([(StoreRequest.Write, i, "OK\0"), (StoreRequest.Read, i, $"{i}")], Answers());
        }
    }

    [Fact]
    public void The_indices_wrap_around_32_bits()
    {
        foreach (int index in new[] { RequestConsumer, RequestProducer, AnswerConsumer, AnswerProducer })
        {
            Word(index) = uint.MaxValue - 5;
        }

        Send(Message(StoreRequest.Write, 1, "a\0value"));
        Assert.Equal([(StoreRequest.Write, 1u, "OK\0")], Answers());
    }

    [Fact]
    public void A_long_answer_waits_for_room_and_nothing_is_lost()
    {
        string value = new('v', 3000);
        byte[] message = Message(StoreRequest.Write, 1, "a\0" + value);
        for (int sent = 0; sent < message.Length;)
        {
            int piece = Math.Min(1000, message.Length - sent);
            Send(message.AsSpan(sent, piece));
            sent += piece;
        }

        Assert.Single(Answers());
        Put(Message(StoreRequest.Read, 2, "a\0"));
        _connection.Serve(out _);
        Assert.Equal(1024u, Word(AnswerProducer) - Word(AnswerConsumer));
        for (int i = 0; i < 4; i++)
        {
            TakeSome();
            _connection.Serve(out _);
        }

        Assert.Equal([(StoreRequest.Read, 2u, value)], Answers());
    }

    [Fact]
    public void Who_takes_no_answers_is_asked_nothing_more()
    {
        Put(Message(StoreRequest.Write, 0, "a\0" + new string('v', 900)));
        _connection.Serve(out _);
        for (int i = 0; i < 40; i++)
        {
            Put(Message(StoreRequest.Read, 1, "a\0"));
            _connection.Serve(out _);
            if (Word(RequestProducer) != Word(RequestConsumer))
            {
                Assert.InRange(_connection.Session.Output.Count, StoreSizes.Output - 5200, StoreSizes.Output);
                return;
            }
        }

        Assert.Fail("It takes requests for ever.");
    }

    [Theory]
    [InlineData(RequestProducer, 1025u)]
    [InlineData(RequestProducer, 0x8000_0000u)]
    [InlineData(AnswerConsumer, 1u)]
    [InlineData(AnswerConsumer, 0x8000_0000u)]
    public void Indices_that_make_no_sense_end_the_conversation(int place, uint value)
    {
        Word(place) = value;
        _connection.Serve(out bool isMore);
        Assert.False(isMore);
        Assert.Equal(2u, Word(Error));
        Word(place) = 0;
        Assert.False(Send(Message(StoreRequest.Write, 1, "a\0v")));
        _connection.Reset();
        Assert.True(Send(Message(StoreRequest.Write, 1, "a\0v")));
    }

    [Theory]
    [InlineData(4097u)]
    [InlineData(uint.MaxValue)]
    public void A_longer_payload_than_there_can_be_ends_the_conversation(uint length)
    {
        byte[] message = Message(StoreRequest.Write, 1, "");
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(12), length);
        Send(message);
        Assert.Equal(3u, Word(Error));
        Assert.Empty(Answers());
    }

    [Fact]
    public void A_flood_of_requests_is_served_some_at_a_time()
    {
        byte[] message = Message((StoreRequest)99, 1, "");
        for (int i = 0; i < 1024 / message.Length; i++)
        {
            Put(message);
        }

        _connection.Serve(out bool isMore);
        Assert.True(isMore);
        Assert.Equal((uint)(StoreSizes.Requests * message.Length), Word(RequestConsumer));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_ring_holds_the_store_stays_whole(int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 20_000; i++)
        {
            switch (random.Next(6))
            {
                case 0:
                    _page[random.Next(2080)] = (byte)random.Next(256);
                    break;
                case 1:
                    Word(RequestProducer + (4 * random.Next(4))) = (uint)random.Next();
                    break;
                case 2:
                    _connection.Reset();
                    break;
                default:
                    byte[] payload = new byte[random.Next(40)];
                    random.NextBytes(payload);
                    Put(Message((StoreRequest)random.Next(24), (uint)i, Encoding.Latin1.GetString(payload)));
                    break;
            }

            _connection.Serve(out _);
        }

        _connection.Reset();
        _connection.Session.Output.Clear();
        _received.Clear();
        Assert.True(Send(Message(StoreRequest.Write, 1, "/whole\0yes")));
        Assert.Equal([(StoreRequest.Write, 1u, "OK\0")], Answers());
    }

    private ref uint Word(int place) => ref *(uint*)(_page + place);

    private void Put(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            _page[Word(RequestProducer)++ % 1024] = value;
        }
    }

    private bool Send(ReadOnlySpan<byte> bytes)
    {
        Put(bytes);
        bool hasMoved = _connection.Serve(out bool isMore);
        while (isMore)
        {
            _connection.Serve(out isMore);
        }

        return hasMoved;
    }

    private void TakeSome()
    {
        while (Word(AnswerConsumer) != Word(AnswerProducer))
        {
            _received.Add(_page[1024 + (Word(AnswerConsumer)++ % 1024)]);
        }
    }

    private List<(StoreRequest Type, uint Request, string Payload)> Answers()
    {
        TakeSome();
        List<(StoreRequest, uint, string)> answers = [];
        byte[] bytes = [.. _received];
        _received.Clear();
        for (int at = 0; at < bytes.Length;)
        {
            StoreHeader header = new(bytes.AsSpan(at));
            string payload = Encoding.Latin1.GetString(bytes, at + StoreHeader.Size, (int)header.Length);
            answers.Add((header.Type, header.Request, payload));
            at += StoreHeader.Size + (int)header.Length;
        }

        return answers;
    }

    private static byte[] Message(StoreRequest type, uint request, string payload)
    {
        byte[] bytes = new byte[StoreHeader.Size + payload.Length];
        new StoreHeader(type, request, 0, (uint)payload.Length).Write(bytes);
        Encoding.Latin1.GetBytes(payload, bytes.AsSpan(StoreHeader.Size));
        return bytes;
    }
}
