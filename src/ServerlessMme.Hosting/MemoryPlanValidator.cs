using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Hosting;

/// <summary>Refuses settings that don't result in a valid plan for the process's memory.</summary>
internal sealed class MemoryPlanValidator(IOptions<MemoryOptions> memory, IOptions<ImageOptions> images)
    : IValidateOptions<ModelCacheOptions>
{
    public ValidateOptionsResult Validate(string? name, ModelCacheOptions options) =>
        Plan(memory, images, options).FindProblem() is { } problem
            ? ValidateOptionsResult.Fail(problem)
            : ValidateOptionsResult.Success;

    public static MemoryPlan Plan(
        IOptions<MemoryOptions> memory, IOptions<ImageOptions> images, ModelCacheOptions models) =>
        MemoryPlan.Create(memory.Value, models.BudgetBytes, images.Value.ReadingBytes);
}
