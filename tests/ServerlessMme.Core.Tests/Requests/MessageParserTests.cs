using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Requests;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Requests;

public sealed class MessageParserTests
{
    private const string Subject = "/blobServices/default/containers/images-cifar10/blobs/holiday/plane.jpg";

    private const string EventGridEvent = $$"""
        {"topic":"/subscriptions/0/…","subject":"{{Subject}}","eventType":"Microsoft.Storage.BlobCreated","id":"1",
         "data":{"api":"PutBlob","eTag":"0x8D","contentLength":1},"dataVersion":"","eventTime":"2026-11-22T19:00:00Z"}
        """;

    private const string CloudEvent = $$"""
        {"specversion":"1.0","type":"Microsoft.Storage.BlobCreated","source":"/subscriptions/0","id":"1",
         "subject":"{{Subject}}","data":{"api":"PutBlob"} }
        """;

    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(EventGridEvent)]
    [InlineData(CloudEvent)]
    [InlineData($"[{EventGridEvent}]")]
    public async Task An_event_asks_for_the_blob_of_its_subject(string json)
    {
        var request = Assert.Single(Parse(json).Value.Requests);

        Assert.Equal("cifar10", request.Model.Value);
        Assert.Equal(["holiday/plane.jpg"], request.Images);
        Assert.False(request.SkipLabeled);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", json));
    }

    [Fact]
    public void Base64_is_read_as_plain_text_is()
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(EventGridEvent));

        Assert.Equal(["holiday/plane.jpg"], Parse(encoded).Value.Requests[0].Images);
    }

    [Fact]
    public async Task A_batch_message_asks_for_its_images()
    {
        const string json = """
            {"model":"cifar10","images":["a.jpg","b.jpg","a.jpg"],"job":"nightly","version":"0x8D"}
            """;

        var request = Assert.Single(Parse(json).Value.Requests);

        Assert.Equal(["a.jpg", "b.jpg"], request.Images);
        Assert.Equal(("nightly", "0x8D"), (request.Job, request.Version));
        Assert.True(request.SkipLabeled);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", json));
    }

    [Fact]
    public async Task A_prefix_message_asks_for_a_listing()
    {
        const string json = """{"model":"cifar10","prefix":"2026/11/"}""";

        Assert.Equal("2026/11/", Assert.Single(Parse(json).Value.Requests).Prefix);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", json));
    }

    [Fact]
    public async Task A_rescore_message_asks_for_the_listing_of_its_job()
    {
        var json = Encoding.UTF8.GetString(new BatchMessage("cifar10", null, null, "j", Rescore: true).ToJson());

        var request = Assert.Single(Parse(json).Value.Requests);

        Assert.Equal("""{"model":"cifar10","job":"j","rescore":true}""", json);
        Assert.Equal(("j", true), (request.Job, request.IsRescore));
        Assert.Single(request.SplitArchives());
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", json));
    }

    [Fact]
    public async Task A_list_asks_several_models_for_images_prefixes_and_events()
    {
        const string json = $$"""
            [{"model":"a","images":["1.jpg","x.zip"],"job":"j"},{"model":"b","prefix":""},{{CloudEvent}}]
            """;

        var requests = Parse(json).Value.Requests;

        Assert.Equal(["a", "b", "cifar10"], requests.Select(request => request.Model.Value));
        Assert.Equal(["1.jpg", "x.zip"], requests[0].Images);
        Assert.Equal(("j", "", false), (requests[0].Job, requests[1].Prefix, requests[2].SkipLabeled));
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", json));
    }

    [Fact]
    public void One_bad_part_of_a_list_is_refused_and_the_others_are_asked_for()
    {
        var parsed = Parse("""
            [{"model":"a","images":["1.jpg"]},{"model":"No","prefix":""},7,{"model":"b","images":["../x"]}]
            """);

        Assert.Equal(["1.jpg"], Assert.Single(parsed.Value.Requests).Images);
        Assert.Equal(
            [ErrorCode.InvalidModelName, ErrorCode.InvalidMessage, ErrorCode.InvalidImageName],
            parsed.Value.Refusals.Select(refusal => refusal.Code));
    }

    [Fact]
    public async Task What_is_sent_is_what_is_read()
    {
        var json = Encoding.UTF8.GetString(new BatchMessage("cifar10", ["ü.jpg", "\"q\""], null, "j", "v").ToJson());

        Assert.Equal(["ü.jpg", "\"q\""], Parse(json).Value.Requests[0].Images);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", json));
    }

    [Fact]
    public async Task A_batch_message_and_a_cloud_event_may_name_a_trace()
    {
        var batch = $$"""{"model":"cifar10","images":["a"],"traceparent":"{{TraceParent}}","tracestate":"v=1"}""";
        var cloudEvent = CloudEvent.Replace("\"id\":\"1\",", $"\"id\":\"1\",\"traceparent\":\"{TraceParent}\",");

        var rescore = $$"""
            {"model":"cifar10","job":"j","rescore":true,"traceparent":"{{TraceParent}}","tracestate":"v=1"}
            """;

        var trace = Parse(batch).Value.Requests[0].Trace!;
        Assert.Equal((TraceParent, "v=1"), (trace.Parent, trace.State));
        Assert.Equal(TraceParent, Parse(cloudEvent).Value.Requests[0].Trace!.Parent);
        Assert.Equal(trace, Parse(rescore).Value.Requests[0].Trace);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", batch));
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", cloudEvent));
        Assert.Equal("", await SchemaCheck.ProblemsAsync("message", rescore));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"00-x\"")]
    [InlineData("\"\\ud800\"")]
    public void A_trace_that_is_none_is_ignored(string value)
    {
        var parsed = Parse($$"""
            {"model":"cifar10","images":["a"],"traceparent":{{value}},"tracestate":{{value}}}
            """).Value;

        Assert.Empty(parsed.Refusals);
        Assert.Null(Assert.Single(parsed.Requests).Trace);
    }

    [Fact]
    public void Trace_state_that_is_no_text_costs_the_message_no_trace()
    {
        var json = $$"""{"model":"cifar10","images":["a"],"traceparent":"{{TraceParent}}","tracestate":"\ud800"}""";

        var trace = Assert.Single(Parse(json).Value.Requests).Trace!;

        Assert.Equal((TraceParent, null), (trace.Parent, trace.State));
    }

    [Fact]
    public void A_bad_name_is_refused_and_the_others_are_asked_for()
    {
        var parsed = Parse("""{"model":"cifar10","images":["a.jpg","../models/x","b.jpg",7]}""").Value;

        Assert.Equal(["a.jpg", "b.jpg"], parsed.Requests[0].Images);
        Assert.Equal(
            [ErrorCode.InvalidImageName, ErrorCode.InvalidImageName], parsed.Refusals.Select(refusal => refusal.Code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{")]
    [InlineData("42")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"model":"cifar10"}""")]
    [InlineData("""{"model":"cifar10","images":[]}""")]
    [InlineData("""{"model":"cifar10","images":"a.jpg"}""")]
    [InlineData("""{"model":"cifar10","images":["a"],"prefix":""}""")]
    [InlineData("""{"model":"cifar10","images":["a"],"extra":1}""")]
    [InlineData("""{"model":"cifar10","images":["\ud800"]}""")]
    [InlineData("""{"model":"cifar10","rescore":true}""")]
    [InlineData("""{"model":"cifar10","job":"j","rescore":false}""")]
    [InlineData("""{"model":"cifar10","job":"j","rescore":true,"prefix":""}""")]
    [InlineData("""{"eventType":"Microsoft.Storage.BlobDeleted","subject":"x"}""")]
    [InlineData("""{"eventType":"Microsoft.Storage.BlobCreated","subject":"x"}""")]
    [InlineData("""{"eventType":"Microsoft.Storage.BlobCreated"}""")]
    public void What_has_none_of_the_forms_is_refused(string body) =>
        Assert.Equal(ErrorCode.InvalidMessage, Parse(body).Refusal?.Code);

    [Fact]
    public void Base64_of_garbage_is_refused()
    {
        var garbage = new byte[300];
        new Random(1).NextBytes(garbage);

        Assert.Equal(ErrorCode.InvalidMessage, Parse(Convert.ToBase64String(garbage)).Refusal?.Code);
        Assert.Equal(ErrorCode.InvalidMessage, MessageParser.Parse(garbage).Refusal?.Code);
    }

    [Fact]
    public void Sixty_four_kilobytes_of_nesting_are_refused()
    {
        Assert.Equal(ErrorCode.InvalidMessage, Parse(new string('[', 64 * 1024)).Refusal?.Code);
        Assert.Equal(
            ErrorCode.InvalidMessage, Parse("""{"model":""" + new string('{', 60_000)).Refusal?.Code);
    }

    [Theory]
    [InlineData("""{"model":"No","images":["a"]}""", ErrorCode.InvalidModelName)]
    [InlineData("""{"model":7,"images":["a"]}""", ErrorCode.InvalidModelName)]
    [InlineData(
        """{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/labels-a/blobs/x"}""",
        ErrorCode.InvalidModelName)]
    [InlineData(
        """{"eventType":"Microsoft.Storage.BlobCreated","subject":"/blobServices/default/containers/images-a/blobs/../x"}""",
        ErrorCode.InvalidImageName)]
    public void A_name_that_cannot_be_used_is_refused(string body, ErrorCode code) =>
        Assert.Equal(code, Parse(body).Refusal?.Code);

    private static Outcome<ParsedMessage> Parse(string body) => MessageParser.Parse(Encoding.UTF8.GetBytes(body));
}
