using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>Creates a session whose large tensors stay in the mapped packs.</summary>
internal static class StoredSession
{
    private const string TensorFolder = "session.model_external_initializers_file_folder_path";

    /// <summary>Opens a stored model.</summary>
    /// <param name="release">Called when the session is disposed, or if it cannot be created.</param>
    /// <exception cref="DamagedException">A pack is missing or damaged.</exception>
    public static LoadedSession Open(StoreLayout layout, PackMaps maps, StoredModel model, Action release)
    {
        var held = new List<IDisposable>(model.Tensors.Count + model.Packs.Count + 1) { new Release(release) };
        try
        {
            var packs = new List<PackMaps.Use>(model.Packs.Count);
            foreach (var pack in model.Packs)
            {
                var use = maps.Acquire(pack);
                held.Add(use);
                packs.Add(use);
            }

            var pages = new SessionPages(maps.Keeper, model.Tensors.Select(tensor => new PageRange(
                packs[tensor.Pack].Pages, tensor.Offset, tensor.Length)));
            pages.ReadAhead();
            using var settings = SessionSettings.Create(
                GraphOptimizationLevel.ORT_DISABLE_ALL, prePack: model.ReordersLittle);
            settings.AddSessionConfigEntry(TensorFolder, layout.Root);
            foreach (var tensor in model.Tensors)
            {
                held.Add(HandOver(settings, tensor, packs[tensor.Pack].File));
            }

            var session = new InferenceSession(model.Graph.ToByteArray(), settings);
            return new LoadedSession(
                session, model.PrivateBytes, new RunMemory(model.RunFirstBytes, model.RunFurtherBytes), held)
            {
                Cuts = ModelParts.Cuts(model),
                Pages = pages,
            };
        }
        catch
        {
            LoadedSession.DisposeInReverse(held);
            throw;
        }
    }

    private static OrtValue HandOver(SessionOptions settings, StoredTensor tensor, MappedFile pack)
    {
        if (tensor.Offset < 0 || tensor.Length < 0 || tensor.Offset > pack.Length - tensor.Length)
        {
            throw new InvalidDataException($"Tensor '{tensor.Name}' extends beyond the end of its pack.");
        }

        var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance,
            (TensorElementType)tensor.DataType, [.. tensor.Dims], pack.Address + (nint)tensor.Offset, tensor.Length);
        settings.AddInitializer(tensor.Name, value);
        return value;
    }

    private sealed class Release(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
