using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Refuses a time slice that isn't below <c>Mme:Triggers:TimeLimit</c>. Work that needs several slices would be stopped
/// at the limit each time.
/// </summary>
internal sealed class TimeSliceValidator(IOptions<TriggerOptions> triggers)
    : IValidateOptions<RescoreOptions>, IValidateOptions<ArchiveOptions>
{
    public ValidateOptionsResult Validate(string? name, RescoreOptions options) =>
        Validate("Mme:Rescore:TimeSlice", options.TimeSlice);

    public ValidateOptionsResult Validate(string? name, ArchiveOptions options) =>
        Validate("Mme:Archives:TimeSlice", options.TimeSlice);

    private ValidateOptionsResult Validate(string setting, TimeSpan slice)
    {
        var limit = triggers.Value.TimeLimit;
        return slice < limit
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{setting} is {slice}, but must be less than Mme:Triggers:TimeLimit ({limit}).");
    }
}
