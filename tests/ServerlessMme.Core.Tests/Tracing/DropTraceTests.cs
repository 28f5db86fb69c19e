using System.Diagnostics;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Archives;

namespace ServerlessMme.Core.Tests.Tracing;

public sealed class DropTraceTests : IDisposable
{
    private const int Timeout = 30_000;
    private readonly TracedWorker _worker = new();
    private readonly RecordedSpans _spans;

    public DropTraceTests() => _spans = new RecordedSpans(_worker.Model);

    public void Dispose()
    {
        _spans.Dispose();
        _worker.Dispose();
    }

    [Fact(Timeout = Timeout)]
    public async Task One_drop_is_one_trace_from_its_message_to_its_label()
    {
        var parent = _spans.BeginTrace();
        _worker.Images.Images["a"] = "1";

        await _worker.ProcessAsync(_worker.Request(parent, "a"));

        Assert.All(_spans.All, span => Assert.Equal(parent, $"00-{span.TraceId}-{parent[36..52]}-01"));
        var batch = $"classify {_worker.Model}";
        Assert.Equal(
            [
                ("classify " + _worker.Model, "process classify"), ("decode", batch), ("download", "load"),
                ("fetch", batch), ("lease", batch), ("load", "lease"), ("open", "load"),
                ("process classify", parent[36..52]), ("reserve", "load"), ("score", batch), ("write", batch),
            ],
            _spans.All.Select(span => (span.DisplayName, ParentOf(span))).Order());
    }

    [Fact(Timeout = Timeout)]
    public async Task Attributes_say_which_message_model_and_result()
    {
        _worker.Images.Images["a"] = "1";
        _worker.Images.Images["b"] = "no number";

        await _worker.ProcessAsync(_worker.Request(_spans.BeginTrace(), "a", "b"));

        var message = _spans.One("process classify");
        Assert.Equal(ActivityKind.Consumer, message.Kind);
        Assert.Equal("azure.storagequeues", message.GetTagItem("messaging.system"));
        Assert.Equal("classify", message.GetTagItem("messaging.destination.name"));
        Assert.Equal("process", message.GetTagItem("messaging.operation.type"));
        Assert.Equal("id", message.GetTagItem("messaging.message.id"));
        var batch = _spans.One($"classify {_worker.Model}");
        Assert.Equal(1, batch.GetTagItem("messaging.batch.message_count"));
        Assert.Equal(
            (1, 1, 0),
            (batch.GetTagItem("mme.images.labelled"), batch.GetTagItem("mme.images.refused"),
                batch.GetTagItem("mme.images.skipped")));
        var lease = _spans.One("lease");
        Assert.Equal(_worker.Model, lease.GetTagItem("mme.model.name"));
        Assert.Equal("v1", lease.GetTagItem("mme.model.version"));
        Assert.Equal(false, lease.GetTagItem("mme.model.cache_hit"));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_batch_of_several_messages_has_a_trace_of_its_own_and_links_to_theirs()
    {
        var parents = new[] { _spans.BeginTrace(), _spans.BeginTrace() };
        _worker.Images.Images["a"] = "1";
        _worker.Images.Images["b"] = "2";

        await _worker.ProcessAsync(_worker.Request(parents[0], "a"), _worker.Request(parents[1], "b"));

        var messages = _spans.All.Where(span => span.DisplayName == "process classify").ToList();
        Assert.Equal(
            parents.Select(parent => parent[3..35]).Order(), messages.Select(span => span.TraceId.ToString()).Order());
        var batch = _spans.One($"classify {_worker.Model}");
        Assert.DoesNotContain(batch.TraceId, messages.Select(span => span.TraceId));
        Assert.Null(batch.ParentId);
        Assert.Equal(
            messages.Select(span => span.SpanId.ToString()).Order(),
            batch.Links.Select(link => link.Context.SpanId.ToString()).Order());
        Assert.Equal(2, batch.GetTagItem("messaging.batch.message_count"));
        Assert.Equal(batch.TraceId, _spans.One("write").TraceId);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_in_a_functions_invocation_is_part_of_it_and_links_to_its_sender()
    {
        var (sender, host) = (_spans.BeginTrace(), _spans.BeginTrace());
        _worker.Images.Images["a"] = "1";
        using (new Activity("invocation").SetParentId(host).Start())
        {
            await _worker.ProcessAsync(_worker.Request(sender, "a"));
        }

        Assert.All(_spans.All, span => Assert.Equal(host[3..35], span.TraceId.ToString()));
        Assert.Equal(
            sender[3..35], Assert.Single(_spans.One("process classify").Links).Context.TraceId.ToString());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_with_a_trace_that_is_none_is_answered()
    {
        _worker.Images.Images["a"] = "1";

        await _worker.ProcessAsync(_worker.Request("00-not-a-trace", "a"));

        Assert.Contains("a", _worker.Labels.Labels);
        Assert.Null(_spans.One($"classify {_worker.Model}").ParentId);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_jobs_archive_goes_on_with_a_message_of_the_same_text(bool isTraced)
    {
        var message = _worker.Request(isTraced ? _spans.BeginTrace() : null, "nightly", ["a.zip"]);
        PutArchiveForTwoSlices();
        using (new Activity("invocation").SetParentId(_spans.BeginTrace()).Start())
        {
            await _worker.ProcessAsync(message);
        }

        Assert.Equal(message, Assert.Single(_worker.Queue.Sent));
        Assert.NotEmpty(_spans.All);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archive_without_a_job_goes_on_in_the_trace_of_its_first_slice()
    {
        PutArchiveForTwoSlices();
        var trace = _spans.BeginTrace();
        using (new Activity("invocation").SetParentId(trace).Start())
        {
            await _worker.ProcessAsync(_worker.Request(null, "a.zip"));
        }

        var request = Assert.Single(MessageParser.Parse(
            System.Text.Encoding.UTF8.GetBytes(Assert.Single(_worker.Queue.Sent))).Value.Requests);
        Assert.Equal(trace[3..35], request.Trace!.Parent[3..35]);
        Assert.Equal(request.Trace.Parent[36..52], _spans.One("send classify").SpanId.ToString());
    }

    [Fact(Timeout = Timeout)]
    public async Task Parts_of_a_large_message_stay_in_its_trace()
    {
        var trace = _spans.BeginTrace();
        var images = Enumerable.Range(0, 250).Select(i => $"{i}").ToArray();

        await _worker.ProcessAsync(_worker.Request(trace, images));

        Assert.Equal(3, _worker.Queue.Sent.Count);
        Assert.All(_worker.Queue.Sent, sent => Assert.Contains($"\"traceparent\":\"{trace}\"", sent));
        Assert.Equal(3, _spans.One("send classify").GetTagItem("messaging.batch.message_count"));
    }

    [Fact(Timeout = Timeout)]
    public async Task An_image_more_is_no_span_more()
    {
        for (var i = 0; i < 100; i++)
        {
            _worker.Images.Images[$"{i}"] = "1";
        }

        await _worker.ProcessAsync(_worker.Request(_spans.BeginTrace(), [.. _worker.Images.Images.Keys]));

        // A micro-batch has at least one image and two spans; nothing else is per image.
        Assert.Equal(100, _worker.Labels.Labels.Count);
        Assert.InRange(_spans.All.Count(span => span.DisplayName is not ("decode" or "score")), 9, 9);
    }

    [Fact(Timeout = Timeout)]
    public async Task Trouble_marks_the_spans_that_it_ended()
    {
        _worker.Images.Images["a"] = "1";
        _worker.Labels.Failure = new IOException("The disk is full.");

        await Assert.ThrowsAnyAsync<Exception>(
            () => _worker.ProcessAsync(_worker.Request(_spans.BeginTrace(), "a")));

        foreach (var name in (string[])["process classify", $"classify {_worker.Model}", "write"])
        {
            var span = _spans.One(name);
            Assert.Equal((ActivityStatusCode.Error, "The disk is full."), (span.Status, span.StatusDescription));
            Assert.Equal("System.IO.IOException", span.GetTagItem("error.type"));
        }
    }

    private string? ParentOf(Activity span) =>
        _spans.All.SingleOrDefault(each => each.SpanId == span.ParentSpanId)?.DisplayName
        ?? span.ParentSpanId.ToString();

    /// <summary>The first slice ends with the first entry.</summary>
    private void PutArchiveForTwoSlices()
    {
        _worker.Archives.Archives["a.zip"] = TestArchives.Zip(TestArchives.Numbers(50));
        _worker.ArchiveOptions.TimeSlice = TimeSpan.Zero;
    }
}
