using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx;

/// <summary>
/// A model that runs in this process, on the caller's thread. The caller therefore decides how many runs happen at a
/// time. Thread-safe. If it is disposed during runs, the last run frees the session.
/// </summary>
internal sealed class OnnxBackend : IBackend
{
    /// <summary>Maximum number of images per call that may time out when run alone.</summary>
    private const int MostLate = 2;

    private const string FasterModel = "Publish a faster model, or raise Mme:Onnx:RunTimeout.";

    private readonly ModelName _name;
    private readonly OnnxModel _model;
    private readonly Manifest _manifest;
    private readonly TimeSpan _runTimeout;
    private readonly TimeProvider _time;
    private readonly ReadAhead _ahead;
    private readonly Action _freed;
    private readonly UseCount _uses = new();

    /// <summary>True after a batch has timed out. Images are then run one at a time.</summary>
    private volatile bool _alone;

    /// <param name="ahead">Shared by the models of the process.</param>
    /// <param name="freed">Called once, after the model has been freed.</param>
    public OnnxBackend(ModelName name, OnnxModel model, Manifest manifest, OnnxOptions options, TimeProvider time,
        ReadAhead ahead, Action freed)
    {
        _name = name;
        _model = model;
        _manifest = manifest;
        _runTimeout = options.RunTimeout;
        _time = time;
        _ahead = ahead;
        _freed = freed;
        MaxBatch = model.FreeBatch ? options.MaxBatch : 1;
    }

    public string Type => OnnxBackendFactory.BackendType;

    public bool TakesTensors => true;

    public int MaxBatch { get; }

    public long PrivateBytes => _model.PrivateBytes;

    public string? Trunk => _model.Trunk;

    public PageUse? Pages => OfPages<PageUse?>(static pages => pages.Sample(), otherwise: null);

    public TimeSpan? ReloadTime => _model.OpenTime;

    public bool IsResident => OfPages(static pages => pages.IsResident, otherwise: true);

    public void Prefetch()
    {
        if (!IsResident)
        {
            _ahead.TryStart(this, () => OfPages(static pages => pages.Prefetch(), otherwise: true));
        }
    }

    public long RunBytes(int images) => _model.RunMemory.Of(images);

    public async ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
        ImageBatch batch, CancellationToken cancellationToken)
    {
        var tensors = batch.Tensors ?? throw new ArgumentException("The batch has no tensors.", nameof(batch));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            batch.Images.Count, Math.Min(MaxBatch, tensors.Capacity), nameof(batch));
        if (tensors.RowBytes != _manifest.Input.ByteCount)
        {
            throw new ArgumentException($"Model '{_name}' takes tensors of {_manifest.Input.ByteCount} bytes, but "
                + $"those of the batch have {tensors.RowBytes}.", nameof(batch));
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Images.Count == 0)
        {
            return [];
        }

        ObjectDisposedException.ThrowIf(!_uses.TryEnter(), this);
        try
        {
            var outcomes = new Outcome<float[]>[batch.Images.Count];
            await ScoreAsync(batch, tensors, outcomes, cancellationToken);
            return outcomes;
        }
        finally
        {
            Leave();
        }
    }

    public void Dispose()
    {
        if (_uses.Close())
        {
            Free();
        }
    }

    /// <param name="otherwise">The result if the backend is disposed.</param>
    private T OfPages<T>(Func<ModelPages, T> read, T otherwise)
    {
        if (!_uses.TryEnter())
        {
            return otherwise;
        }

        try
        {
            return _model.OfPages(read);
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        if (_uses.Exit())
        {
            Free();
        }
    }

    private void Free()
    {
        _model.Dispose();
        _freed();
    }

    /// <summary>
    /// Runs all images together. If that fails, runs each image alone, because one of them may be the cause, or the
    /// model may declare a dynamic first dimension that it doesn't support. After two images have timed out, refuses
    /// the rest without a run, so a call takes at most three timeouts.
    /// </summary>
    private async ValueTask ScoreAsync(
        ImageBatch batch, TensorBatch tensors, Outcome<float[]>[] outcomes, CancellationToken cancellationToken)
    {
        var images = batch.Images;
        if (outcomes.Length == 1 || !_alone)
        {
            if (await TryScoreAsync(batch, tensors, 0, outcomes, cancellationToken) is not { } problem)
            {
                return;
            }

            if (outcomes.Length == 1)
            {
                outcomes[0] = problem.Refusal;
                return;
            }
        }

        var late = 0;
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (late == MostLate)
            {
                outcomes[i] = new Refusal(ErrorCode.InferenceFailed, $"Model '{_name}' was not run for image "
                    + $"'{Printable.Text(images[i].Reference.Name)}' because {MostLate} other images in the same batch "
                    + $"took longer than {Seconds.Of(_runTimeout)}. {FasterModel}");
                continue;
            }

            var started = _time.GetTimestamp();
            if (await TryScoreAsync(batch, tensors, i, outcomes.AsMemory(i, 1), cancellationToken) is { } problem)
            {
                outcomes[i] = problem.Refusal;
                // A trunk that timed out in another model's run took no time here.
                late += problem.IsLate || _time.GetElapsedTime(started) >= _runTimeout ? 1 : 0;
            }
        }
    }

    /// <summary>Scores images in one run. If the run fails, returns the refusal of the first image.</summary>
    private async ValueTask<Problem?> TryScoreAsync(ImageBatch batch, TensorBatch tensors, int first,
        Memory<Outcome<float[]>> outcomes, CancellationToken cancellationToken)
    {
        var images = batch.Images;
        var size = _model.ScoresPerImage;
        try
        {
            var values = await _model.RunAsync(
                tensors, first, outcomes.Length, batch.Shared, _runTimeout, cancellationToken);
            if (values.Length != size * outcomes.Length)
            {
                return new Problem(Refuse(
                    images[first],
                    $"returned {Plural.Of(values.Length, "score")} instead of {size * outcomes.Length}"));
            }

            for (var i = 0; i < outcomes.Length; i++)
            {
                outcomes.Span[i] = Scores(images[first + i], values.AsSpan(i * size, size));
            }

            return null;
        }
        catch (RunTimeoutException)
        {
            // A single image takes less time than a batch.
            _alone = true;
            var late = new Refusal(ErrorCode.InferenceFailed, $"Model '{_name}' did not return scores for image "
                + $"'{Printable.Text(images[first].Reference.Name)}' within {Seconds.Of(_runTimeout)}. {FasterModel}");
            return new Problem(late, IsLate: true);
        }
        catch (OnnxRuntimeException exception)
        {
            return new Problem(Refuse(images[first], "could not be run", $" ({RuntimeMessage.Of(exception)})"));
        }
    }

    private Outcome<float[]> Scores(EncodedImage image, Span<float> values)
    {
        var scores = ScoreActivation.ToScores(_manifest, values);
        return Array.TrueForAll(scores, float.IsFinite)
            ? scores
            : Refuse(image, "returned a score that is not a finite number");
    }

    private Refusal Refuse(EncodedImage image, string problem, string detail = "") => new(ErrorCode.InferenceFailed,
        $"Model '{_name}' {problem} for image '{Printable.Text(image.Reference.Name)}'{detail}. Test the model with "
        + "this image in the framework that trained it, fix the model, and then publish it again.");

    private readonly record struct Problem(Refusal Refusal, bool IsLate = false);
}
