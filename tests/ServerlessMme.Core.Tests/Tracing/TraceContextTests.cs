using System.Diagnostics;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Tests.Tracing;

public sealed class TraceContextTests
{
    private const string Valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void A_context_keeps_its_text_and_is_a_remote_parent()
    {
        var context = TraceContext.Parse(Valid, "vendor=1")!;

        Assert.Equal((Valid, "vendor=1"), (context.Parent, context.State));
        var parent = context.ToActivityContext();
        Assert.True(parent.IsRemote);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", parent.TraceId.ToString());
        Assert.Equal("b7ad6b7169203331", parent.SpanId.ToString());
        Assert.Equal(ActivityTraceFlags.Recorded, parent.TraceFlags);
        Assert.Equal("vendor=1", parent.TraceState);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ")]
    [InlineData("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333١-01")]
    public void What_is_no_traceparent_is_no_context(string? parent) => Assert.Null(TraceContext.Parse(parent, null));

    [Theory]
    [InlineData("")]
    [InlineData("a=\u0001")]
    [InlineData("a=é")]
    [InlineData(513)]
    public void A_bad_tracestate_is_dropped_and_the_trace_goes_on(object state) => Assert.Null(
        TraceContext.Parse(Valid, state as string ?? new string('a', (int)state))!.State);

    [Fact]
    public void Only_what_is_recorded_is_passed_on()
    {
        Assert.Null(TraceContext.Current);
        using var activity = new Activity("ours").SetParentId(Valid[..^1] + "0").Start();
        Assert.Null(TraceContext.Current);

        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;

        Assert.Equal($"00-0af7651916cd43dd8448eb211c80319c-{activity.SpanId}-01", TraceContext.Current!.Parent);
    }

    [Fact]
    public void Nothing_is_recorded_in_the_background()
    {
        Spans.EnterBackground();

        Assert.Null(TraceContext.Current);
        Assert.False(Activity.Current!.IsAllDataRequested);
    }
}
