using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Tests.Jobs;

public sealed class JobIdTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 23, 15, 0, TimeSpan.FromHours(1));

    [Fact]
    public void A_new_name_can_be_read_and_sorts_by_time()
    {
        var model = ModelName.Parse(new string('m', ModelName.MaxLength)).Value;

        var id = JobId.Create(model, Now);

        Assert.StartsWith("20261122-221500-mmm", id.Value, StringComparison.Ordinal);
        Assert.Equal(id, JobId.Parse(id.Value));
        Assert.True(id.Value.Length <= JobId.MaxLength);
        Assert.True(string.CompareOrdinal(id.Value, JobId.Create(model, Now.AddSeconds(1)).Value) < 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("poison")]
    [InlineData("20261122-221500")]
    [InlineData("20261122-221500-")]
    [InlineData("20261122-221500-a/../poison/x")]
    [InlineData("20261122-221500-A")]
    [InlineData("20261122-221500-a\n")]
    [InlineData("20261122-221500-%2e%2e")]
    public void What_is_no_name_of_a_job_names_no_blob(string? text) => Assert.Null(JobId.Parse(text));
}
